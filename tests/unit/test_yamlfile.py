"""Reading YAML that strangers wrote."""

import pytest

from harness.files.yamlfile import MAX_NODES, read_documents

BOMB = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + "".join(f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9))
MERGES = "a0: &a0 {}\n" + "".join(f"a{n}: &a{n} {{<<: [{','.join([f'*a{n - 1}'] * 9)}]}}\n" for n in range(1, 9))


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        (b"a: 1\na: 2\n", 2, "repeats the key 'a'"),
        (b"a: 1\nb: \xff\n", 2, "not UTF-8"),
        (b"a: [\n", 2, "not valid YAML"),
        (b"a: 1\nb: !exec ls\n", 2, "uses the tag"),
        (b"a: !!binary aGk=\n", 1, "uses the tag"),
        (b"a: &x {<<: *x}\n", 1, "merge key"),
        (b"a: &x {<<: *x, b: 1}\n", 1, "merge key"),
        (b"a:\n  <<: 1\n", 2, "no mapping"),
        (b"a: &x {b: 1}\nc:\n  <<: [*x, {b: 1, b: 2}]\n", 3, "repeats the key 'b'"),
        (b"1: one\n", 1, "not text"),
        (b"? [a]\n: b\n", 1, "not text"),
        (b"a: .nan\n", 1, "not finite"),
        (b"a: \x00\n", 1, "not valid YAML"),
        (b"&a [*a]\n", 1, "nested deeper"),
        (b"[" * 4000, 1, "not valid YAML"),
        (b"a: " + b"[" * 100 + b"]" * 100, 1, "nested deeper"),
        (b"a: !!int foo\n", 1, "cannot be read"),
        (BOMB.encode(), 1, f"more than {MAX_NODES} values"),
        (MERGES.encode(), 1, f"more than {MAX_NODES} values"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(data: bytes, line: int, words: str) -> None:
    """Each kind of bad file gives one problem with its line, and no exception."""
    _, problems = read_documents(data, "f.yaml")
    assert [(problem.line >= line - 1, words in problem.message) for problem in problems] == [(True, True)], problems


def test_documents_keep_their_lines() -> None:
    """Each part of each document knows the line on which it starts."""
    documents, problems = read_documents(b"a: 1\n---\n# nothing\n---\nb:\n  - c: 2\n", "f.yaml")
    assert not problems
    assert [document.value for document in documents] == [{"a": 1}, {"b": [{"c": 2}]}]
    assert documents[1].line_of(("b", 0, "c")) == 6
    assert documents[1].line_of(("b", 7, "gone")) == 5


def test_merge_keys_are_read_as_kubectl_reads_them() -> None:
    """What a mapping says itself wins, wherever it stands; then the first that is merged; lines are those of the text."""
    text = b"a: &a {k: 1, l: 2}\nb: &b\n  <<: *a\n  l: 3\n  m: 4\nc:\n  j: 0\n  <<: [{m: 5}, *b]\n"
    (document,), problems = read_documents(text, "f.yaml")
    assert not problems
    assert document.value == {
        "a": {"k": 1, "l": 2}, "b": {"k": 1, "l": 3, "m": 4}, "c": {"j": 0, "k": 1, "l": 3, "m": 5}
    }  # fmt: skip
    assert [document.line_of(("c", key)) for key in "jklm"] == [7, 1, 4, 8]


def test_dates_stay_text() -> None:
    """A date is what Kubernetes sees in it: text."""
    documents, _ = read_documents(b"when: 2026-01-01\n", "f.yaml")
    assert documents[0].value == {"when": "2026-01-01"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12:30", "12:30"),
        ("1e3", 1000.0),
        ("1_000", 1000),
        ("0o644", 420),
        ("0644", 420),
        ("08", 8.0),
        ("0x1F", 31),
        ("-5", -5),
        ("1.5", 1.5),
        (".5", 0.5),
        ("y", True),
        ("off", False),
        ("null", None),
        ("~", None),
        ("1.2.3", "1.2.3"),
        ("10m", "10m"),
        ("=", "="),
        ("nope", "nope"),
        ("'5'", "5"),
        ("!!str 5", "5"),
        ("!!int '5'", 5),
    ],
)
def test_plain_scalars_are_read_as_kubernetes_reads_them(text: str, value: object) -> None:
    documents, problems = read_documents(f"a: {text}\n".encode(), "f.yaml")
    assert not problems
    found = documents[0].value["a"]
    assert (found, type(found)) == (value, type(value))
