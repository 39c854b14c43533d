"""How texts begin, for a person who looks at a table of items."""

from collections.abc import Sequence

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
    firsts = np.cumsum([0, *texts.map("count", len)])
    order = np.argsort(np.asarray(rows), kind="stable")
    bounds = np.searchsorted(np.asarray(rows)[order], firsts)
    found = [""] * len(rows)
    for item, first, begin, end in zip(texts.items, firsts, bounds, bounds[1:], strict=False):
        if begin == end:
            continue
        frame = spill.load(item) if isinstance(item, spill.Spilled) else item
        own = order[begin:end].tolist()
        table = to_arrow(frame[["text"]].iloc[[rows[place] - int(first) for place in own]])
        for place, text in zip(own, table["text"].to_pylist(), strict=True):
            line = text[: 4 * characters] if isinstance(text, str) else " ".join(text[:characters])
            found[place] = " ".join(line.split())[:characters]
    return found
