"""Names of topics in figures."""

from typing import Any

from pipelines.figures import short

LONGEST = 16
"""Characters of a word."""


def word(text: str) -> str:
    """A word as a figure shows it, cut.

    Examples
    --------
    >>> word("internationalisation")
    'internationalis…'
    """
    return short(text, LONGEST)


def name(row: dict[str, Any], words: int = 2) -> str:
    """A topic by its first words."""
    return " ".join(word(text) for text in row["words"][:words])


def quoted(row: dict[str, Any]) -> str:
    """The same in quotes, for a sentence."""
    return f"“{name(row)}”"
