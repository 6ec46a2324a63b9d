"""What knows the right answers to inputs that nobody can foresee."""

from typing import Any, Protocol


class Oracle(Protocol):
    """Draws an input, writes its request, and judges the answer."""

    def draw(self) -> Any:  # noqa: ANN401 - an input of its own kind
        """Return a random input."""

    def request(self, drawn: Any) -> bytes:  # noqa: ANN401
        """Return the body of the inference request for an input."""

    def is_right(self, drawn: Any, body: bytes) -> bool:  # noqa: ANN401
        """Tell whether a response body holds the right answer to an input; whatever the body is."""

    def shift(self, low: float, high: float) -> None:
        """Draw from this part of each input's range from now on, 0 to 1 being all of it; not all inputs have one."""
