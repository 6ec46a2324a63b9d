"""`python -m breakfix`."""

from breakfix.cli import main

main()
