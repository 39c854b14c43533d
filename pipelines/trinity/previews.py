"""How texts begin, for a person who looks at a table of items."""

from collections.abc import Sequence
from itertools import accumulate

import numpy as np

from etl import spill
from etl.handoff import to_arrow
from etl.pieces import Pieces


def begins(texts: Pieces, rows: Sequence[int], characters: int) -> list[str]:
    """The first characters of some texts, in one line each.

    Parameters
    ----------
    texts : Pieces of DataFrames with a column text
    rows : sequence of int
        Places among all texts.
    characters : int
    """
    sizes = [len(frame) for frame in texts]
    firsts = [0, *accumulate(sizes)]
    piece = np.searchsorted(firsts, rows, side="right") - 1
    found = dict[int, str]()
    for number in sorted(set(piece.tolist())):
        item = texts.items[number]
        frame = spill.load(item) if isinstance(item, spill.Spilled) else item
        own = [row for row, at in zip(rows, piece, strict=True) if at == number]
        table = to_arrow(frame[["text"]].iloc[[row - firsts[number] for row in own]])
        for row, text in zip(own, table["text"].to_pylist(), strict=True):
            line = text[: 4 * characters] if isinstance(text, str) else " ".join(text[:characters])
            found[row] = " ".join(line.split())[:characters]
    return [found[row] for row in rows]
