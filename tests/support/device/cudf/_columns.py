"""Held columns: masked arrays of pandas, where nulls are no NaN, texts, categories, dates and lists."""

import numpy as np
import pandas as pd
import pyarrow as pa
from cupy._array import ndarray
from stand_in import crossing

pd.set_option("future.distinguish_nan_and_na", True)
NA, TEXT = pd.NA, pd.StringDtype()
"""Texts are held with NA, so that comparisons with a null give null."""
SHOWN_TEXT = pd.StringDtype(na_value=np.nan)
_ARRAYS = {"b": pd.arrays.BooleanArray, "f": pd.arrays.FloatingArray}
_FLOAT = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?(?i:inf|infinity|nan)"


def is_masked(kind):
    return isinstance(kind, pd.core.arrays.masked.BaseMaskedDtype)


def is_category(kind):
    return isinstance(kind, pd.CategoricalDtype)


def masked(values, mask=None, index=None, name=None):
    """A column over the same memory as NumPy's values; without a mask none is null."""
    mask = np.zeros(len(values), bool) if mask is None else mask
    values = values if values.flags.writeable else values.copy()
    array = _ARRAYS.get(values.dtype.kind, pd.arrays.IntegerArray)(values, mask)
    return pd.Series(array, index=index, name=name, copy=False)


def parts(column):
    """Values and mask of a column of numbers, in place."""
    return column.array._data, column.array._mask


def is_held(kind):
    return is_masked(kind) or is_category(kind) or kind == TEXT or kind.kind == "M"


def hold(series):
    """pandas' column or frame as it is held here; TypeError for what cuDF has no columns of."""
    if isinstance(series, pd.DataFrame):
        if all(map(is_held, series.dtypes)):
            return series
        return table([hold(each) for _, each in series.items()], series.index, series.columns)
    kind = series.dtype
    if is_held(kind):
        return series
    if isinstance(kind, pd.StringDtype):
        return series.astype(TEXT)
    if kind.kind in "biuf" and isinstance(kind, np.dtype):
        return masked(series.to_numpy(), None, series.index, series.name)
    return _inferred(series).set_axis(series.index).rename(series.name)


def _inferred(values, nan_as_null=True):
    try:
        return from_arrow(pa.array(values, from_pandas=nan_as_null is not False))
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise TypeError(f"Cannot create column with mixed types: {error}") from None


def hold_index(index):
    """pandas' index without a needless mask, texts as they are held."""
    if is_masked(index.dtype) and not index.hasnans:
        return pd.Index(index.array._data, name=index.name)
    is_text = isinstance(index.dtype, pd.StringDtype) or index.dtype == object
    return index.astype(TEXT) if is_text and index.nlevels == 1 else index


def table(columns, index, labels):
    """A frame of columns in order, which share its index."""
    made = {place: column.set_axis(index) for place, column in enumerate(columns)}
    return pd.DataFrame(made, index=index, copy=False).set_axis(labels, axis=1)


def from_arrow(array):
    """An Arrow array as a column: nulls stay nulls, NaN stays NaN, dictionaries become categories."""
    array, kind = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array, array.type
    if pa.types.is_dictionary(kind) or pa.types.is_timestamp(kind):
        return pd.Series(array.to_pandas())
    if pa.types.is_null(kind) or pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return pd.Series(TEXT.__from_arrow__(array.cast(pa.large_string())))
    if pa.types.is_list(kind):
        return pd.Series(array.to_pylist(), dtype=object)
    if not (pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        raise NotImplementedError(f"columns of Arrow's {kind} are not in the stand-in")
    filled = array.fill_null(False if pa.types.is_boolean(kind) else 0)
    return masked(filled.to_numpy(zero_copy_only=False), array.is_null().to_numpy(zero_copy_only=False))


def to_arrow(column):
    """A column as Arrow's: nulls as such, NaN kept."""
    if is_masked(column.dtype):
        return pa.array(column.array._data, mask=column.array._mask)
    found = pa.array(column if column.dtype == object else column.array, from_pandas=True)
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found


def nulls(held):
    """NaN as null: what cuDF makes of it in new columns, and where it counts what is missing."""
    if isinstance(held, pd.DataFrame):
        return table([nulls(column) for _, column in held.items()], held.index, held.columns)
    if isinstance(held, pd.Index) or held.dtype.kind != "f":
        return held
    values, mask = parts(held)
    return masked(values, mask | np.isnan(values), held.index, held.name)


def words(column):
    """A column of categories as one of their values; all else as it is."""
    is_one = isinstance(column, pd.Series) and is_category(column.dtype)
    return hold(column.astype(column.dtype.categories.dtype)) if is_one else column


def plain(column):
    """A column as users of pandas expect it: whole numbers with nulls become floats with NaN."""
    if not is_masked(column.dtype):
        return column.astype(SHOWN_TEXT) if column.dtype == TEXT else column
    if column.dtype.kind == "b" and column.isna().any():
        return column.astype(object).where(column.notna(), None)
    return pd.Series(array_of(column), index=column.index, name=column.name)


def array_of(column, dtype=None, na_value=None):
    """NumPy's view of a column without nulls, or a copy with NaN in their place: what ``values`` shows."""
    column = words(column)
    if not is_masked(column.dtype):
        if column.isna().any():
            raise ValueError("cupy does not support NaT, nor texts that are missing")
        if column.dtype.kind == "M":
            raise NotImplementedError("arrays of dates, of which CuPy computes nothing")
        raise TypeError(f"cupy does not support {column.dtype}")
    values, mask = parts(column)
    if mask.any():
        if na_value is None and values.dtype.kind == "b":
            raise ValueError("Column must have no nulls for dtype=bool")
        if na_value is None:
            values, na_value = values.astype(values.dtype if values.dtype.kind == "f" else "float64"), np.nan
        values = np.where(mask, values.dtype.type(na_value), values)
    return values if dtype is None else values.astype(dtype, copy=False)


def make_column(value, dtype=None, nan_as_null=True, length=None):
    """A column of whatever cuDF makes one of; of its own columns NaN is kept."""
    own = hasattr(value, "_column")
    found = value._column().reset_index(drop=True) if own else _from_other(value, nan_as_null, length)
    found = found if own or nan_as_null is False else nulls(found)
    return found if dtype is None else cast(found, dtype)


def _from_other(value, nan_as_null, length):
    if isinstance(value, ndarray):
        if value.ndim != 1:
            raise ValueError(f"Data must be 1-dimensional, got {value.ndim}")
        return masked(value._a)
    if value is None or value is NA:
        raise ValueError("Need to pass dtype when passing pd.NA or None")
    if np.isscalar(value):
        return _inferred([value] * (1 if length is None else length), nan_as_null)
    if not isinstance(value, range):
        crossing("column from the host", "in", getattr(value, "nbytes", 8 * len(value)))
    if isinstance(value, pa.Array | pa.ChunkedArray):
        return from_arrow(value)
    if isinstance(value, list | tuple):
        return _inferred([each.item() if isinstance(each, ndarray) else each for each in value], nan_as_null)
    return hold(pd.Series(np.array(value) if isinstance(value, np.ndarray) else value)).reset_index(drop=True)


def cast(column, dtype):
    """``astype``."""
    dtype = getattr(dtype, "_real", dtype)
    if is_category(dtype) or dtype == "category":
        known = is_masked(column.dtype) and not column.isna().any()
        found = pd.Series(column.array._data if known else column.array).astype(dtype)
        return found.set_axis(column.index).rename(column.name)
    column = words(column)
    if dtype in (str, object, "str", "object") or isinstance(dtype, pd.StringDtype):
        return column if column.dtype == TEXT else column.astype(TEXT)
    kind = np.dtype(dtype)
    lost = column.isna().to_numpy()
    if kind.kind == "M":
        ticks = column if column.dtype.kind == "M" else pd.Series(array_of(column), column.index)
        return ticks.astype(kind)
    values = parts(column)[0] if is_masked(column.dtype) else column.to_numpy()
    if column.dtype == TEXT:
        values = _parsed(column.dropna(), kind, lost)
    if kind.kind in "iu" and values.dtype.kind == "f" and not np.isfinite(values[~lost]).all():
        raise NotImplementedError("what the device makes of NaN as a whole number is open")
    with np.errstate(all="ignore"):
        return masked(values.astype(kind), lost, column.index, column.name)


def _parsed(known, kind, lost):
    """Texts as numbers, or ValueError where one is none."""
    if not known.str.fullmatch(_FLOAT if kind.kind == "f" else r"[+-]?\d+").all():
        raise ValueError(f"Could not convert strings to {kind}")
    values = np.zeros(len(lost), "float64" if kind.kind == "f" else kind)
    values[~lost] = known.to_numpy(dtype=object).astype(values.dtype)
    return values
