"""A stand-in for cuDF on a machine without a GPU: its public methods and parameters only, computed by pandas.

Columns keep nulls apart from NaN as far as pandas' masked arrays do; NaN becomes null where cuDF makes it so.
"""

from cudf._convert import NA, convert_in, make_column
from cudf._csv import read_csv
from cudf._frames import DataFrame, Index, MultiIndex, RangeIndex, Series
from cudf._functions import CategoricalDtype, concat, dtype, factorize, from_pandas, merge, to_numeric, unique
from stand_in import exists

__version__ = "26.10.2"
IS_STAND_IN = True
__all__ = [
    "NA", "CategoricalDtype", "DataFrame", "Index", "MultiIndex", "RangeIndex", "Series", "concat", "convert_in", "dtype",
    "factorize", "from_pandas", "make_column", "merge", "read_csv", "to_numeric", "unique",
]


def __getattr__(name):
    if exists(f"cudf.{name}"):
        raise NotImplementedError(f"cudf.{name} is in the real cuDF; the stand-in lacks it")
    raise AttributeError(f"module 'cudf' has no attribute '{name}'")
