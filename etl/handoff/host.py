"""Bridges between the engine's arrays and the host: uploads, results, single numbers, a few values."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from etl.engine import Engine, engine_of
from etl.engine.types import Array, Index, Series, Tensor
from etl.handoff.cost import note


def to_host(array: Array | Tensor) -> np.ndarray:
    """An array or tensor as NumPy: results leaving the device. Costs nothing on the CPU."""
    tensor = hasattr(array, "data_ptr")
    if engine_of(array).name == "gpu":
        note("torch" if tensor else "cupy", "numpy", array.nbytes, "host")
        return array.cpu().numpy() if tensor else array.get()
    return array.numpy() if tensor else array


def from_host(array: np.ndarray, engine: Engine) -> Array:
    """A host array where the engine holds its data: an upload to a GPU, nothing on the CPU.

    Parameters
    ----------
    array : numpy.ndarray
    engine : Engine
        Whose array is wanted.
    """
    if engine.name == "gpu":
        note("numpy", "cupy", array.nbytes, "host")
        return engine.xp.asarray(array)
    return array


def numbers(values: Sequence[Array | float]) -> list[float]:
    """Single numbers as Python's: those of a GPU are waited for once, together."""
    arrays = [value for value in values if not isinstance(value, float)]
    if not arrays or engine_of(arrays).name == "cpu":
        return [float(value) for value in values]
    read = iter(to_host(engine_of(arrays).xp.stack(arrays).astype("float64")).tolist())
    return [value if isinstance(value, float) else next(read) for value in values]


def to_list(values: Series | Index) -> list[Any]:
    """Values of a series or index as Python's: results leaving the device."""
    engine = engine_of(values)
    if engine.name == "cpu":
        return values.tolist()
    found = values.to_arrow()
    if not isinstance(values, engine.df.RangeIndex):  # whose bounds the host knows
        note("cudf", "pyarrow", found.nbytes, "host")
    return found.to_pylist()
