"""A cluster's API: requests to it, objects applied, what it says."""
