"""Between the columns of the stand-in and pandas': which types there are, and where nulls come from."""

import numpy as np
import pandas as pd
import pyarrow as pa

from cupy._array import ndarray, wrap
from stand_in import crossing

NA = pd.NA
TEXT = pd.Series(["a"]).dtype
_MASKED = (pd.core.arrays.masked.BaseMaskedDtype,)


def is_masked(dtype):
    return isinstance(dtype, _MASKED)


def tight(series):
    """A column as it is held: NumPy's numbers where there is no null, masked ones where there is."""
    kind = series.dtype
    if is_masked(kind):
        if not series.array._mask.any():
            return pd.Series(series.array._data, index=series.index, name=series.name)
        return series
    if isinstance(kind, np.dtype) and kind.kind in "biufM":
        return series
    if isinstance(kind, pd.CategoricalDtype) or isinstance(kind, pd.StringDtype):
        return series if not isinstance(kind, pd.StringDtype) else series.astype(TEXT)
    if isinstance(kind, pd.ArrowDtype):
        return tight(pd.Series(series.array.__arrow_array__().to_pandas().array, index=series.index, name=series.name))
    if kind == object:
        return tight_objects(series)
    raise TypeError(f"cuDF has no columns of {kind}")


def tight_objects(series):
    known = [each for each in series if not (each is None or each is pd.NA or (isinstance(each, float) and each != each))]
    if not known or all(isinstance(each, str) for each in known):
        return series.astype(TEXT)
    if all(isinstance(each, (bool, np.bool_)) for each in known):
        return tight(series.astype("boolean"))
    if all(isinstance(each, (int, np.integer)) and not isinstance(each, bool) for each in known):
        return tight(series.astype("Int64"))
    if all(isinstance(each, (int, float, np.number)) for each in known):
        return nulls(series.astype("float64"))
    if all(isinstance(each, (list, np.ndarray)) for each in known):
        return series
    kinds = sorted({type(each).__name__ for each in known})
    raise pa.ArrowTypeError(f"cuDF columns hold one type; these hold {kinds}")


def loose(series):
    """The same with room for nulls, so that pandas does not turn whole numbers to floats for want of it."""
    kind = series.dtype
    if isinstance(kind, np.dtype) and kind.kind in "biuf":
        values = series.to_numpy()
        mask = np.zeros(len(values), bool)
        array = {"b": pd.arrays.BooleanArray, "f": pd.arrays.FloatingArray}.get(kind.kind, pd.arrays.IntegerArray)(values, mask)
        return pd.Series(array, index=series.index, name=series.name)
    return series


def nulls(series):
    """NaN as null: what ``nan_as_null`` does unless it is False."""
    kind = series.dtype
    if isinstance(kind, np.dtype) and kind.kind == "f":
        values = series.to_numpy()
        mask = np.isnan(values)
        if mask.any():
            return pd.Series(pd.arrays.FloatingArray(values.copy(), mask), index=series.index, name=series.name)
    return series


def has_nulls(series):
    return is_masked(series.dtype) and bool(series.array._mask.any()) or (
        not isinstance(series.dtype, np.dtype) and bool(series.isna().any())
    )


def numpy_dtype(series):
    return series.dtype.numpy_dtype if is_masked(series.dtype) else series.dtype


def make_column(value, index=None, name=None, dtype=None, nan_as_null=True, length=None):
    """A held pandas Series of whatever cuDF makes a column of."""
    from cudf._frames import Index, Series

    if isinstance(value, (Series, Index)):
        found = value._p.to_series(index=pd.RangeIndex(len(value._p))) if isinstance(value, Index) else value._p.reset_index(drop=True)
        if isinstance(value, Index) and isinstance(value._p, pd.MultiIndex):
            raise NotImplementedError("a MultiIndex is no column")
    elif isinstance(value, ndarray):
        if value.ndim != 1:
            if value.ndim == 0:
                raise TypeError("a 0-d array is no column")
            raise ValueError(f"Data must be 1-dimensional, got {value.ndim}")
        found = pd.Series(value._a, copy=False)
        found = nulls(found) if nan_as_null is not False else found
    elif isinstance(value, (pa.Array, pa.ChunkedArray)):
        crossing("column from Arrow", "in", value.nbytes)
        found = from_arrow(value)
    elif hasattr(value, "__cuda_array_interface__"):
        found = make_column(wrap(value.__cupy_view__()))
    else:
        if isinstance(value, (str, bytes)) or np.isscalar(value) or value is None or value is pd.NA:
            found = pd.Series([value] * (1 if length is None else length))
        else:
            if isinstance(value, dict):
                raise TypeError("a dict is no column")
            if not isinstance(value, range):
                crossing("column from the host", "in", getattr(value, "nbytes", 8 * len(value)))
            if isinstance(value, (list, tuple)) and any(isinstance(each, ndarray) for each in value):
                crossing("0-d arrays one by one", "sync")
                value = [each._a.item() if isinstance(each, ndarray) and each.ndim == 0 else each for each in value]
            if isinstance(value, pd.MultiIndex):
                raise NotImplementedError("a MultiIndex is no column")
            found = pd.Series(value)
            if isinstance(found.dtype, np.dtype) and found.dtype.kind not in "biufMO":
                raise TypeError(f"cuDF has no columns of {found.dtype}")
        found = tight(found)
        found = nulls(found) if nan_as_null is not False else found
        found = found.reset_index(drop=True)
    if dtype is not None:
        found = cast(found, dtype)
    found = tight(found)
    if index is not None:
        if len(index) != len(found):
            raise ValueError(f"Length of values ({len(found)}) does not match length of index ({len(index)})")
        found = found.set_axis(index)
    return found.rename(name)


def from_arrow(value, nan_as_null=True):
    """Nulls stay nulls, whole numbers whole; dictionaries become categories."""
    array = value.combine_chunks() if isinstance(value, pa.ChunkedArray) else value
    if pa.types.is_dictionary(array.type):
        return pd.Series(array.to_pandas())
    if pa.types.is_null(array.type):
        return pd.Series([None] * len(array), dtype=TEXT)
    if pa.types.is_string(array.type) or pa.types.is_large_string(array.type) or pa.types.is_string_view(array.type):
        return pd.Series(array.to_pandas()).astype(TEXT)
    if pa.types.is_boolean(array.type) or pa.types.is_integer(array.type) or pa.types.is_floating(array.type):
        mask = array.is_null().to_numpy(zero_copy_only=False)
        values = (array.fill_null(False if pa.types.is_boolean(array.type) else 0) if array.null_count else array).to_numpy(zero_copy_only=False)
        if pa.types.is_floating(array.type) and nan_as_null:
            mask = mask | np.isnan(values)  # as_column: NaN is null unless it is told otherwise
        found = loose(pd.Series(np.array(values)))
        found.array._mask[:] = mask
        return tight(found)
    if pa.types.is_list(array.type) or pa.types.is_large_list(array.type):
        return pd.Series(array.to_pylist(), dtype=object)
    if pa.types.is_timestamp(array.type) or pa.types.is_date(array.type):
        return pd.Series(array.to_pandas()).astype("datetime64[ns]")
    if pa.types.is_decimal(array.type):
        return pd.Series(array.cast(pa.float64()).to_pandas())
    raise NotImplementedError(f"{array.type} is not supported")


def cast(found, dtype):
    """``astype`` of a held column."""
    if isinstance(dtype, str) and dtype in ("str", "string", "object", "O") or dtype in (str, object):
        if isinstance(found.dtype, pd.CategoricalDtype):
            return found.astype(object).astype(TEXT)
        if isinstance(found.dtype, pd.StringDtype):
            return found
        return loose(found).astype("string").astype(TEXT)
    if isinstance(dtype, str) and dtype == "category":
        if isinstance(found.dtype, pd.CategoricalDtype):
            return found
        base = found.astype(object).where(found.notna(), None) if is_masked(found.dtype) else found
        return base.astype("category")
    if isinstance(dtype, pd.CategoricalDtype):
        return found.astype(dtype)
    if hasattr(dtype, "_real"):
        return found.astype(dtype._real)
    kind = np.dtype(dtype)
    if isinstance(found.dtype, pd.StringDtype):
        if kind.kind in "iu" and not found.dropna().str.fullmatch(r"[+-]?\d+").all():
            raise ValueError("Could not convert strings to integer type due to presence of non-integer values.")
        if kind.kind == "f":
            return nulls(pd.to_numeric(found).astype(kind))
        return tight(found.astype({"i": "Int64", "u": "UInt64", "b": "boolean"}[kind.kind])).astype(kind)
    if isinstance(found.dtype, pd.CategoricalDtype):
        return cast(tight(found.astype(found.dtype.categories.dtype)), dtype)
    if is_masked(found.dtype):
        mask = found.array._mask
        with np.errstate(all="ignore"):
            values = found.array._data.astype(kind)
        other = loose(pd.Series(values, index=found.index, name=found.name))
        other.array._mask[:] = mask
        return tight(other)
    if kind.kind in "iu" and found.dtype.kind == "f" and bool(np.isnan(found.to_numpy()).any()):
        raise ValueError("Cannot convert floating columns with NaN to an integer dtype")
    return found.astype(kind)


def convert_in(value, index=None):
    """Whatever a method is given, as pandas takes it."""
    from cudf._frames import Base

    if isinstance(value, Base):
        return value._p
    if isinstance(value, ndarray):
        if value.ndim == 0:
            return value._a[()]
        return value._a
    if isinstance(value, (list, tuple)):
        return type(value)(convert_in(each) for each in value)
    if isinstance(value, dict):
        return {key: convert_in(each) for key, each in value.items()}
    if isinstance(value, slice):
        if any(isinstance(each, ndarray) for each in (value.start, value.stop, value.step)):
            raise TypeError("slice indices must be integers or None or have an __index__ method")
        return value
    if hasattr(value, "_real"):
        return value._real
    if isinstance(value, np.ndarray) and value.ndim:
        crossing("argument from the host", "in", value.nbytes)
    return value
