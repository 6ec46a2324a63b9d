"""What the server raises."""


class SettingsError(Exception):
    """A setting cannot be used: its name, its value and what is wanted."""


class LoadError(Exception):
    """The model cannot be served: which one, from where."""


class RequestError(Exception):
    """A request cannot be answered; `status` is the HTTP status its client gets."""

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        super().__init__(message)
