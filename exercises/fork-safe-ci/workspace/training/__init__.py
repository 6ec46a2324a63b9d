"""The churn model's own code."""
