"""The command line: parse, call harness and grader, print, choose the exit code."""
