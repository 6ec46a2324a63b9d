"""Claims about speed, each measured side by side with what a person would run instead: python -m benchmarks.

One module per claim. Figures are medians of runs that alternate, so that a busy machine slows both sides.
"""
