"""Text that a submission may have written, made harmless for whoever reads it: terminals, pages, tables."""

import re

PUNCTUATION = re.compile(r"[^\w\s.,:;%+=/ -]")


def harmless(text: str) -> str:
    """Return one line without control characters and without marks that turn the direction of writing."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def harmless_lines(text: str) -> list[str]:
    """Return the lines of a text, each made harmless; tabs become spaces."""
    return [harmless(line.expandtabs(4)) for line in text.split("\n")]


def literal(text: str) -> str:
    """Return one line for Markdown, every mark of it as a character reference, so that none means anything.

    Source of what GitHub takes for a link without marks: the autolinks extension of GitHub Flavored Markdown.
    """
    marked = PUNCTUATION.sub(lambda found: f"&#{ord(found[0])};", harmless(text))
    return marked.replace("_", "&#95;").replace("://", "&#58;//").replace("www.", "www&#46;")
