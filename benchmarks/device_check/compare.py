"""One expression on the device and on the host, whose values and types are compared."""

from typing import Any, TypeAlias

import numpy as np

from benchmarks.device_check.checks import Facts, Items, Setting
from etl.engine import Engine

Value: TypeAlias = Any
"""A number, array, matrix, frame, or a tuple of them, of either engine's libraries."""


def engines(setting: Setting) -> tuple[Engine, Engine]:
    """The engine that is checked, and the CPU's; cuDF is not needed for the arrays of the first."""
    return Engine(setting.device, "it is checked"), Engine("cpu", "it is known")


def expressions(
    setting: Setting, texts: tuple[str, ...], data: dict[str, Any], tolerance: float, *, exact: bool
) -> Items:
    """Items that evaluate each text twice, and compare.

    Parameters
    ----------
    texts : tuple of str
        Expressions of ``xp``, ``df``, ``sparse``, ``special`` and of the names of ``data``.
    data : dict
        What builds a value by an engine, called for each of the two.
    tolerance : float
        Relative, and absolute, of float results.
    exact : bool
        Whether types must be the same; else it is enough that both are whole numbers, or both floats.
    """
    device, host = engines(setting)

    def item(text: str) -> Any:
        def look() -> Facts | None:
            found, wanted = (fetched(_evaluated(text, engine, data)) for engine in (device, host))
            same(found, wanted, tolerance, exact)
            return None

        return look

    return {text: item(text) for text in texts}


class _Names(dict[str, Any]):
    """Names of an expression, built when they are first used."""

    def __init__(self, engine: Engine, data: dict[str, Any]) -> None:
        super().__init__()
        self.engine, self.data = engine, data

    def __missing__(self, name: str) -> Any:
        if name in ("xp", "df", "sparse", "special"):
            self[name] = getattr(self.engine, name)
        elif name in self.data:
            self[name] = self.data[name](self.engine)
        else:
            raise KeyError(name)
        return self[name]


def _evaluated(text: str, engine: Engine, data: dict[str, Any]) -> Any:
    # Names are looked up in the second mapping first; lambdas and comprehensions would not find them there.
    return eval(compile(text, "<check>", "eval"), {}, _Names(engine, data))


def fetched(value: Value) -> Value:
    """A result in host memory: arrays, matrices, frames, and tuples of them."""
    if isinstance(value, tuple | list):
        return tuple(fetched(each) for each in value)
    if hasattr(value, "to_pandas"):
        return fetched(value.to_pandas())
    if hasattr(value, "toarray"):
        return fetched(value.toarray())
    return value.get() if hasattr(value, "get") and hasattr(value, "__cuda_array_interface__") else value


def same(found: Value, wanted: Value, tolerance: float, exact: bool = True) -> None:
    """Refuse values that differ by more than ``tolerance``, and types that differ.

    Parameters
    ----------
    found, wanted : scalar, array, frame, or tuple of them
        In host memory.
    tolerance : float
    exact : bool
        See `expressions`.

    Raises
    ------
    AssertionError
    """
    if isinstance(wanted, tuple):
        assert isinstance(found, tuple), f"{type(found).__name__}, not a tuple"
        assert len(found) == len(wanted), f"{len(found)} results, not {len(wanted)}"
        for mine, its in zip(found, wanted, strict=True):
            same(mine, its, tolerance, exact)
    elif hasattr(wanted, "columns"):
        assert list(found.columns) == list(wanted.columns), f"columns {list(found.columns)}"
        same(tuple(found[each] for each in found), tuple(wanted[each] for each in wanted), tolerance, exact)
    else:
        _same_array(_array(found), _array(wanted), tolerance, exact)


def _same_array(mine: np.ndarray, its: np.ndarray, tolerance: float, exact: bool) -> None:
    if exact and its.dtype.kind != "U":
        assert mine.dtype == its.dtype, f"{mine.dtype}, not {its.dtype}"
    assert mine.dtype.kind.replace("u", "i") == its.dtype.kind.replace("u", "i"), (
        f"{mine.dtype}, not {its.dtype}"
    )
    assert mine.shape == its.shape, f"shape {mine.shape}, not {its.shape}"
    if its.dtype.kind == "f":
        np.testing.assert_allclose(mine, its, rtol=tolerance, atol=tolerance)
    else:
        np.testing.assert_array_equal(mine, its)


def _array(value: Value) -> np.ndarray:
    """Values with missing ones as NaN or "missing", so that null, NaN and None are alike."""
    if not hasattr(value, "isna"):
        return np.asarray(value)
    if getattr(value.dtype, "kind", "O") in "fiub" and not hasattr(value.dtype, "categories"):
        return np.asarray(value)
    return np.asarray(["missing" if each is None or each != each else str(each) for each in value.tolist()])
