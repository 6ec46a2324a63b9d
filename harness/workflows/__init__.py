"""GitHub Actions: workflows, what starts them, what GitHub sends, and what a run did."""
