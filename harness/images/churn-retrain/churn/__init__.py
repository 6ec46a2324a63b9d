"""The churn team's library: batches of customers, the model, and the platform's data, registry and alerts."""
