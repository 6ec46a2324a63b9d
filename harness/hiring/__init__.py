"""Rounds, their ledger and parts, and what candidates get."""
