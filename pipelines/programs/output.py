"""Lines of results on the standard output, where nothing else stands, so that scripts can read them."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import TextIO

TAB = "\t"


@contextmanager
def results_alone() -> Iterator[TextIO]:
    """The standard output; whatever else is printed inside the block goes to the standard error."""
    out = sys.stdout
    with redirect_stdout(sys.stderr):
        yield out


def line(*fields: str) -> str:
    r"""Fields parted by tabs, on one line whatever they hold; what cannot be shown, as escapes are, is ``�``.

    Examples
    --------
    >>> line("false", "x =\t1\n"), line("\x1b[2J")
    ('false\tx = 1', '�[2J')
    """
    return TAB.join(" ".join(map(_shown, field.split())) for field in fields)


def _shown(text: str) -> str:
    return text if text.isprintable() else "".join(each if each.isprintable() else "�" for each in text)
