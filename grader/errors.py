"""What the grader raises. Only the command line prints these."""


class GraderError(Exception):
    """The grader itself cannot go on: a check file that does not load, a spec that breaks the rules."""


class StoppedError(Exception):
    """The grade was interrupted."""
