"""The command line: parse, call harness and grader, print, choose the exit code."""

__version__ = "0.1.0"
