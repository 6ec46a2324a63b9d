"""The training job of the churn model. It belongs to data science."""
