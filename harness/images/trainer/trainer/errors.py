"""What ends a training badly, in words for its log."""


class TrainingError(Exception):
    """The training cannot go on; the message says why, and on what."""
