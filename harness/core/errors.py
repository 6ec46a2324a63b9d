"""What the harness raises. Only the command line prints these."""


class HarnessError(Exception):
    """Something the harness could not do: what failed, on which object, what to try next."""


class EnvironmentBrokenError(HarnessError):
    """The machine, the engine or the cluster failed, with positive evidence; never the submission."""


class InputError(HarnessError):
    """What the user named cannot be used: an unknown exercise, not a workspace, a bad file."""
