"""cuDF on a machine without a GPU: its names and parameters as far as the project uses them, by pandas."""

import pandas as pd
from cupy._array import ndarray
from stand_in import lacking

from cudf._base import show
from cudf._columns import NA, TEXT
from cudf._csv import read_csv
from cudf._frames import DataFrame
from cudf._series import CategoricalDtype, Index, Series
from cudf._series import RangeIndex as RangeIndex

__version__ = "26.10.2"
IS_STAND_IN = True
__all__ = ["NA", "CategoricalDtype", "DataFrame", "Index", "Series", "concat", "factorize", "read_csv"]
__getattr__ = lacking("cudf")


def concat(objs, axis=0, join="outer", ignore_index=False):
    """Rows of series, or of frames; texts and numbers are not joined."""
    if axis != 0 or join != "outer" or any(type(each) not in (DataFrame, Series) for each in objs):
        raise NotImplementedError("the stand-in concatenates rows of its series and of its frames")
    filled = [pd.DataFrame(each._p).items() for each in objs if len(each)]
    kinds = {(name, column.dtype == TEXT) for columns in filled for name, column in columns}
    if len({name for name, _ in kinds}) < len(kinds):
        raise TypeError("cudf does not support mixed types, please type-cast both series to same dtypes.")
    return show(pd.concat([each._p for each in objs], ignore_index=ignore_index))


def factorize(values, sort=False, use_na_sentinel=True, size_hint=None):
    """Codes as CuPy's array; what they stand for as an index, or as an array of an array's."""
    if isinstance(values, Series | Index):
        return values.factorize(sort, use_na_sentinel)
    if isinstance(values, ndarray):
        codes, found = Series(values).factorize(sort, use_na_sentinel)
        return codes, found.values
    raise TypeError(f"'values' can only be a Series, Index, or CuPy array, got {type(values)}")
