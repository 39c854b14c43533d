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
    r"""Fields parted by tabs, on one line whatever they hold.

    Examples
    --------
    >>> line("false", "x =\t1\n")
    'false\tx = 1'
    """
    return TAB.join(" ".join(field.split()) for field in fields)
