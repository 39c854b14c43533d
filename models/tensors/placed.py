"""A tensor as a batch of matrices that BLAS takes where it lies."""

from dataclasses import dataclass
from itertools import pairwise
from math import prod

from models.tensors.equation import Shape, Sizes, Term, packed

View = tuple[Shape, Shape]
"""Sizes, and strides in elements."""


@dataclass(frozen=True)
class Placed:
    """A factor or the output as a batch of matrices, and its own modes in the order in which it lies."""

    view: View
    modes: str


def placed(whole: Term | None, lying: Term | None, axes: tuple[str, str, str], sizes: Sizes) -> Placed | None:
    """The view of it; None where an axis does not nest or BLAS takes no such strides.

    Parameters
    ----------
    whole, lying : Term or None
        The tensor, and as it lies; None where a copy of it, or the output, has yet to be made.
    axes : tuple of str
        Modes of the batch, of rows and of columns.
    sizes : dict
    """
    has = set("".join(axes) if whole is None else whole.modes)
    modes = "".join(mode for mode in "".join(axes) if mode in has)
    steps = (lying or packed(modes, sizes)).by_mode
    lengths = [prod(sizes[mode] for mode in axis) for axis in axes]
    strides = []
    for axis in axes:
        own = [(steps[mode], sizes[mode]) for mode in axis if mode in has]
        if any(outer != inner * size for (outer, _), (inner, size) in pairwise(own)):
            return None
        strides.append(own[-1][0] if own else 0)
    _, rows, columns = lengths
    down, across = _line_strides(rows, columns, strides[1], strides[2])
    by_rows = across == 1 and down >= columns
    by_columns = down == 1 and across >= rows
    if not by_rows and not by_columns:
        return None
    return Placed((tuple(lengths), (strides[0], down, across)), modes)


def _line_strides(rows: int, columns: int, down: int, across: int) -> tuple[int, int]:
    """Strides of a matrix; a step along an axis of size 1 is never taken, so that it may be BLAS's."""
    if rows == 1:
        down = columns if across == 1 or columns == 1 else 1
    if columns == 1:
        across = 1 if rows == 1 or down != 1 else rows
    return down, across


def is_packed(view: View) -> bool:
    """Whether a new array of these sizes has these strides, but for axes of size 1.

    Parameters
    ----------
    view : View
        Batch, rows and columns.
    """
    (batch, rows, columns), (_, down, across) = view
    whole = batch == 1 or view[1][0] == rows * columns
    return whole and (columns == 1 or across == 1) and (rows == 1 or down == columns)
