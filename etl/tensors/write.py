"""Cells of a tensor as a long table on the host: results leaving the device."""

from collections.abc import Mapping, Sequence
from math import prod

import numpy as np
import pyarrow as pa

from etl.tensors.axes import Axis


def cells(
    axes: Sequence[Axis], columns: Mapping[str, np.ndarray], flat: np.ndarray | None = None
) -> pa.Table:
    """A row a cell: its labels, and these columns.

    Parameters
    ----------
    axes : sequence of Axis
    columns : mapping of str to array, shape (cells,)
    flat : int array, shape (cells,), optional
        Places in the flat tensor; by default all, in their order.
    """
    sizes = [len(one) for one in axes]
    place = np.arange(prod(sizes)) if flat is None else flat
    codes = np.unravel_index(place, sizes)
    labels = {one.name: one.labels().take(pa.array(code)) for one, code in zip(axes, codes, strict=True)}
    return pa.table(labels | {name: pa.array(values) for name, values in columns.items()})
