"""What befell a text is named, with the line that an editor shows."""

import pytest

from harness.files import mishaps
from harness.files.yamlfile import read_documents


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\n```yaml\nb: 2\n```\n", 2, "it holds a fence of Markdown"),
        ("~~~yaml\na: 1\n", 1, "it holds a fence of Markdown"),
        ("a: 1\n<<<<<<< HEAD\nb: 2\n=======\nb: 3\n>>>>>>> main\n", 2, "it holds git's marks of a conflict"),
        ("a: 1\nb: 2\n=======\n", 3, "it holds git's marks of a conflict"),
        ("a:\n  b: 1\n\u00a0\u00a0c: 2\n  d: 3\n", 3, "it holds U+00A0 (no-break space)"),
        ("a: # x \u2028 y\n  b: 1\n", 1, "it holds U+2028 (line separator)"),
        ("\u2028# x\n# \u2028# y\na: [\n", 4, "did not find expected node content"),
        ("a: 1\rb: 2\rc: [\r", 4, "did not find expected node content"),
        ("a: \u200b[\nb: 1\n- c\n", 3, "did not find expected"),
        ("# \u00a0 a\n\nb: 1\nc: [\n", 5, "did not find expected"),
        ("a: 1\n# \a\n", 2, "it holds U+0007 (bell)"),
        ("a: 1\n\u200b  b: 2\n c: 3\n", 2, "it holds U+200B (zero width space)"),
        ("a: \x9b\n", 1, "it holds U+009B (control character)"),
    ],
)
def test_a_text_that_is_no_yaml(text: str, line: int, words: str) -> None:
    """What does not show is blamed only where it stands by the place at which the parser gave up."""
    _, problems = read_documents(text.encode(), "f.yaml")
    assert [(one.line, words in one.message) for one in problems] == [(line, True)], problems


@pytest.mark.parametrize(
    "text",
    [
        "a: |\n  <<<<<<< HEAD\n  ```\n",
        "a: 'x\u00a0y'  # \u2028# z\n",
        "a: 1 # \u00a0\n",
    ],
)
def test_what_does_no_harm_is_not_told(text: str) -> None:
    assert read_documents(text.encode(), "f.yaml")[1] == []


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        (b"a\nb\0c\n", 2, "holds U+0000 (NUL)"),
        (b"a\n" + bytes(100), 2, "holds U+0000 (NUL)"),
        ("a\nb\n".encode("utf-16-le"), 1, "is UTF-16 text"),
        ("a\nb\n".encode("utf-16"), 1, "is UTF-16 text"),
        (bytes(range(256)), 1, "is a binary file"),
        (bytes(9), 1, "is a binary file"),
    ],
)
def test_zeros_in_a_file(data: bytes, line: int, words: str) -> None:
    found = mishaps.of_zeros(data)
    assert (found[0], found[1].startswith(words)) == (line, True), found
