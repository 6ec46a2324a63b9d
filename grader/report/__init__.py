"""The report: pure data, how verdicts become one, and its copies for others."""
