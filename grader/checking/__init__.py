"""The process in which checks run, and what a proof depends on of them."""
