"""A batch of trees in the order of its work, as `models.programs.batches` makes it and networks take it."""

from dataclasses import dataclass

from etl.engine.types import Array, Tensor


@dataclass(frozen=True)
class Group:
    """Nodes of one height and number of arguments.

    Attributes
    ----------
    start, stop : int
        Their rows in the batch.
    counts : tuple of int
        Nodes of each function; functions of two arguments are numbered as in `PAIRS`, those of one argument
        by code, from 0.
    kinds : int64 tensor, shape (stop - start,)
        Function of each, numbered so.
    ends : int32 tensor, shape (functions,)
        Where the segment of each function ends, from ``start``.
    left, right : int64 tensors, shape (stop - start,)
        Rows of the children; ``right`` is None where there is one child.
    """

    start: int
    stop: int
    counts: tuple[int, ...]
    kinds: Tensor
    ends: Tensor
    left: Tensor
    right: Tensor | None = None


@dataclass(frozen=True)
class Plan:
    """A batch as networks take it.

    Attributes
    ----------
    nodes : int64 array, shape (rows,)
        Nodes of the forest by row, on the host.
    numbers : float32 tensor
        Values of the first rows.
    symbols : int64 tensor
        Symbols of the rows that follow.
    constants : int64 tensor
        0 for pi and 1 for a blank, of the other leaves.
    groups : tuple of Group
        Of all higher rows, in order.
    roots : int64 tensor
        Rows of what was asked for, in the shape that it was asked for.
    """

    nodes: Array
    numbers: Tensor
    symbols: Tensor
    constants: Tensor
    groups: tuple[Group, ...]
    roots: Tensor

    @property
    def leaves(self) -> int:
        """Rows of leaves, which come first."""
        return len(self.numbers) + len(self.symbols) + len(self.constants)

    def __len__(self) -> int:
        """Rows."""
        return len(self.nodes)
