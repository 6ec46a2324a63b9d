"""The churn model's own code: data science owns it, the pipeline only calls it."""
