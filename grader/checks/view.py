"""Look into a Kubernetes object without ever tripping over its shape."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

from grader.checks.spec import fail
from harness.files.manifests import Manifest
from harness.files.yamlfile import Path_

SHAPES = {
    dict: "a mapping",
    list: "a list",
    str: "text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
}


@dataclass(frozen=True)
class View:
    """One value inside an object, absent or present, with the path that leads to it."""

    manifest: Manifest
    path: Path_
    value: Any

    def at(self, *keys: str | int) -> "View":
        """Return the value below, absent where nothing is there; fail where a part between is not a container."""
        here = self
        for key in keys:
            here = here._step(key)
        return here

    def _step(self, key: str | int) -> "View":
        path = (*self.path, key)
        if self.value is None:
            return View(self.manifest, path, None)
        if isinstance(key, str):
            return View(self.manifest, path, self._shaped(dict).get(key))
        items = self._shaped(list)
        return View(self.manifest, path, items[key] if key < len(items) else None)

    @property
    def present(self) -> bool:
        """Whether there is a value here other than null."""
        return self.value is not None

    @property
    def field(self) -> str:
        """The path as people write it: spec.template.spec.containers[0]."""
        text = ""
        for key in self.path:
            text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else key
        return text

    def items(self) -> list["View"]:
        """Return the items of a list (none where it is absent)."""
        return [] if self.value is None else [self.at(index) for index in range(len(self._shaped(list)))]

    def entries(self) -> dict[str, "View"]:
        """Return the entries of a mapping (none where it is absent)."""
        return {} if self.value is None else {key: self.at(key) for key in self._shaped(dict)}

    def text(self, default: str = "") -> str:
        """Return the text here, `default` where it is absent."""
        return default if self.value is None else str(self._shaped(str))

    def number(self, default: float) -> float:
        """Return the number here, `default` where it is absent."""
        if self.value is None:
            return default
        return float(self._shaped(int, float))

    def truth(self, *, default: bool) -> bool:
        """Return the boolean here, `default` where it is absent."""
        return default if self.value is None else bool(self._shaped(bool))

    def texts(self) -> dict[str, str]:
        """Return a mapping of text to text, such as labels."""
        return {key: entry.text() for key, entry in self.entries().items()}

    def named(self, name: str) -> "View | None":
        """Return the list item whose `name` is this, if there is one."""
        return next((item for item in self.items() if item.at("name").value == name), None)

    def walk(self) -> Iterator["View"]:
        """Yield this value and all values below it."""
        yield self
        below: list[str | int] = []
        if isinstance(self.value, dict):
            below = list(self.value)
        elif isinstance(self.value, list):
            below = list(range(len(self.value)))
        for key in below:
            yield from self.at(key).walk()

    def fail(self, message: str, *, expected: str = "", seen: str = "") -> NoReturn:
        """End the check as FAIL, at this place of this object."""
        fail(
            message,
            object=self.manifest.label,
            field=self.field,
            expected=expected,
            seen=seen or shown(self.value),
            file=self.manifest.file,
            line=self.manifest.line_of(self.path),
        )

    def _shaped(self, *shapes: type) -> Any:  # noqa: ANN401 - of one of those shapes
        wrong = isinstance(self.value, bool) and bool not in shapes
        if wrong or not isinstance(self.value, shapes):
            wanted = SHAPES[shapes[-1]]
            self.fail(
                f"{self.field or 'the object'} has the wrong shape",
                expected=wanted,
                seen=SHAPES.get(type(self.value), ""),
            )
        return self.value


def shown(value: Any) -> str:  # noqa: ANN401 - any YAML value
    """Return a value as a message shows it: short, on one line."""
    if value is None:
        return "nothing"
    text = " ".join(str(value).split())
    return text if len(text) <= 120 else text[:117] + "…"  # noqa: PLR2004 - a line of a report
