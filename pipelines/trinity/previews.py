"""How texts begin, for a person who looks at a table of items."""

from collections.abc import Sequence

import pyarrow as pa

from etl import spill
from etl.handoff import to_arrow
from etl.pieces import Pieces


def begins(texts: Pieces, characters: int) -> pa.Array:
    """The first characters of each text, in one line.

    Parameters
    ----------
    texts : Pieces of DataFrames with a column text
    characters : int

    Returns
    -------
    pyarrow array of str, shape (texts,)
    """
    parts = []
    for item in texts.items:
        frame = spill.load(item) if isinstance(item, spill.Spilled) else item
        table = to_arrow(frame[["text"]])
        lines = [_line(text, characters) for text in table["text"].to_pylist()]
        parts.append(pa.array(lines, pa.string()))
    return pa.concat_arrays(parts)


def _line(text: str | Sequence[str], characters: int) -> str:
    head = text[:characters] if isinstance(text, str) else " ".join(text[:characters])
    if not isinstance(text, str) or " ".join(head.split()) != head:
        head = " ".join((text[: 4 * characters] if isinstance(text, str) else head).split())
    return head[:characters]
