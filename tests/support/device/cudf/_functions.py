"""Functions of the module."""

import numpy as np
import pandas as pd

from cudf._convert import cast, convert_in, make_column
from cudf._frames import CategoricalDtype, DataFrame, Index, Series, _loosened, from_pandas_frame, show
from cupy._array import ndarray, wrap
from stand_in import bind, crossing


def concat(objs, axis=0, join="outer", ignore_index=False, keys=None, levels=None, names=None, verify_integrity=False, sort=None):
    given = list(objs.values()) if isinstance(objs, dict) else list(objs)
    if not given:
        raise ValueError("No objects to concatenate")
    for each in given:
        if isinstance(each, (pd.DataFrame, pd.Series, np.ndarray)):
            raise TypeError(f"cannot concatenate object of type {type(each)}")
    if isinstance(given[0], Series) and axis in (0, "index"):
        texts = {each._p.dtype.kind == "O" for each in given if len(each)}
        if len(texts) > 1:
            raise TypeError("cuDF does not support columns of mixed types")
    if len(given) and all(isinstance(each, Index) for each in given):
        return show(given[0]._p.append([each._p for each in given[1:]]))
    return show(pd.concat([_loosened(each._p) for each in given], axis=axis, join=join, ignore_index=ignore_index, keys=keys, sort=bool(sort)))


def merge(left, right, *args, **kwargs):
    return left.merge(right, *args, **kwargs)


def factorize(values, sort=False, use_na_sentinel=True, size_hint=None):
    if isinstance(values, (Series, Index)):
        return values.factorize(sort=sort, use_na_sentinel=use_na_sentinel)
    if isinstance(values, ndarray):
        codes, found = Series(values).factorize(sort, use_na_sentinel)
        return codes, found.values
    if isinstance(values, np.ndarray):
        codes, found = pd.factorize(values, sort=sort, use_na_sentinel=use_na_sentinel)
        return codes, found
    raise TypeError(f"'values' can only be a Series, Index, or CuPy array, got {type(values)}")


def from_pandas(obj, nan_as_null=None):
    bind("cudf.from_pandas", (obj,), {})
    crossing("from_pandas", "in", int(np.sum(obj.memory_usage())))
    if isinstance(obj, pd.DataFrame):
        return DataFrame._of(from_pandas_frame(obj))
    if isinstance(obj, pd.Series):
        return Series._of(make_column(obj).set_axis(obj.index).rename(obj.name))
    return Index(obj)


def unique(values):
    return values.unique() if hasattr(values, "unique") else wrap(pd.unique(convert_in(values)))


def to_numeric(arg, errors="raise", downcast=None, dtype_backend=None):
    return Series._of(cast(arg._p, "float64"))


def dtype(arbitrary):
    return np.dtype(arbitrary)


__all__ = ["CategoricalDtype", "concat", "dtype", "factorize", "from_pandas", "merge", "to_numeric", "unique"]
