"""Score applicants from the features that a feature store holds, and record each start in the cluster."""

VERSION = "1.0"
