"""Call a model server as many callers do, in numbers, and tell what was lost: refused, reset, unanswered, 5xx or wrong."""
