"""``Series`` and ``Index``: one column each."""

import numpy as np
import pandas as pd
from cupy._array import wrap
from stand_in import bind, crossing
from stand_in.contract import missing

from cudf import _columns as columns
from cudf._base import KINDS, Base, given, mask_of, show
from cudf._columns import (
    SHOWN_TEXT,
    TEXT,
    array_of,
    cast,
    hold,
    hold_index,
    is_category,
    is_masked,
    make_column,
)

_UNSET = pd.api.extensions.no_default


class OneColumn(Base):
    """What series and indexes share."""

    name = property(lambda self: self._p.name, lambda self, name: setattr(self, "_p", self._p.rename(name)))
    is_unique = property(lambda self: bool(self._p.is_unique))
    values = property(lambda self: self.to_cupy())

    def _column(self):
        return self._p

    @property
    def dtype(self):
        kind = self._column().dtype
        if is_category(kind):
            return CategoricalDtype(kind)
        return SHOWN_TEXT if kind == TEXT else kind.numpy_dtype if is_masked(kind) else kind

    def to_cupy(self, dtype=None, copy=False, na_value=None):
        found = array_of(self._column(), dtype, na_value)
        return wrap(found.copy() if copy else found)

    @property
    def __cuda_array_interface__(self):
        column = self._column()
        if not is_masked(column.dtype):
            raise AttributeError(f"'{self._kind}' object has no attribute '__cuda_array_interface__'")
        values, mask = columns.parts(column)
        found = {**values.__array_interface__, "version": 3}
        return found | {"mask": mask.__array_interface__} if mask.any() else found

    def __cupy_view__(self):
        """What CuPy's functions read: a column of numbers without nulls."""
        if "mask" in self.__cuda_array_interface__:
            raise ValueError("CuPy currently does not support masked arrays.")
        return columns.parts(self._column())[0]

    def to_numpy(self, dtype=None, copy=True, na_value=_UNSET):
        column = self._column()
        crossing("to_numpy", "out", self._bytes())
        lost = bool(column.isna().any())
        if lost and dtype is not None and na_value is _UNSET:
            raise ValueError(f"cannot convert to '{dtype}'-dtype NumPy array with missing values.")
        if not is_masked(column.dtype) or (lost and column.dtype.kind == "b"):
            return column.to_numpy(dtype=None if column.dtype.kind == "M" else object)
        return np.array(array_of(column, dtype, None if na_value is _UNSET else na_value))

    def to_arrow(self):
        found = columns.to_arrow(self._column())
        crossing("to_arrow", "out", found.nbytes)
        return found

    def to_pandas(self, *, nullable=False, arrow_type=False):
        crossing("to_pandas", "out", self._bytes())
        return plain(self._p) if isinstance(self, Series) else self._p

    def tolist(self):
        raise TypeError("cuDF does not support conversion to host memory via the `tolist()` method.")

    def __iter__(self):
        raise TypeError(f"{self._kind} object is not iterable. Consider `.to_arrow()` or `.to_numpy()`.")

    def factorize(self, sort=False, use_na_sentinel=True):
        found = pd.factorize(columns.nulls(self._column()).array, sort, use_na_sentinel)
        return wrap(found[0].astype("int64")), show(pd.Index(found[1]))

    def _accessor(self, made, fits, name):
        if not fits(self._column().dtype):
            raise AttributeError(f"Can only use .{name} accessor with columns of its kind")
        return made(self._column())

    str = property(lambda self: self._accessor(_Text, TEXT.__eq__, "str"))
    cat = property(lambda self: self._accessor(_Categories, is_category, "cat"))


class Series(OneColumn):
    """``cudf.Series``."""

    _kind = "Series"
    _methods = (
        "abs all any clip copy dropna duplicated explode fillna head isin isna max mean min ne notna nunique "
        "reindex rename repeat reset_index shift sort_index sort_values sum take"
    )
    null_count = property(lambda self: int(self._p.isna().sum()))
    has_nulls = property(lambda self: bool(self.null_count))
    index = property(lambda self: show(self._p.index), lambda self, index: self._reindexed(index))

    def __init__(self, data=None, index=None, dtype=None, name=None, copy=False, nan_as_null=True):
        length = None if index is None else len(index)
        self._p = make_column([] if data is None else data, dtype, nan_as_null, length)
        self._p = self._p.rename(getattr(data, "name", None) if name is None else name)
        if isinstance(data, Series):
            self._reindexed(data.index)
            self._p = self._p if index is None else self._p.reindex(index_of(index))
        elif index is not None:
            self._reindexed(index)

    def _reindexed(self, index):
        self._p = self._p.set_axis(index_of(index))

    def __getitem__(self, key):
        if isinstance(key, slice):
            return self.iloc[key]
        mask = mask_of(key)
        return self.loc[key] if mask is None else show(self._p[mask])

    def astype(self, dtype, copy=None, errors="raise"):
        return show(cast(self._p, dtype))

    def unique(self):
        return show(self._p.drop_duplicates().reset_index(drop=True))

    def where(self, cond, other=None, inplace=False, axis=None, level=None):
        if inplace or axis is not None or level is not None:
            raise NotImplementedError("inplace, axis and level of where are not in the stand-in")
        held = (
            cast(self._p, "float64") if isinstance(other, float) and self._p.dtype.kind in "iu" else self._p
        )
        lacking = None if is_category(held.dtype) else pd.NA
        return show(held.where(mask_of(cond), lacking if other is None else given(other)))


class Index(OneColumn):
    """``cudf.Index``, ranges among them."""

    _kind = "Index"
    _methods = "append copy duplicated isin isna notna rename repeat sort_values take unique"

    def __new__(cls, data=None, dtype=None, copy=False, name=_UNSET, tupleize_cols=True, nan_as_null=True):
        name = getattr(data, "name", None) if name is _UNSET else name
        if isinstance(given(data), range | pd.RangeIndex) and dtype is None:
            return show(pd.RangeIndex(given(data), name=name))
        return show(pd.Index(make_column(data, dtype, nan_as_null), name=name))

    def _column(self):
        return hold(self._p.to_series(index=pd.RangeIndex(len(self._p))))

    def __getitem__(self, key):
        mask = mask_of(key)
        return show(self._p[given(key) if mask is None else mask])

    def astype(self, dtype, copy=True):
        return Index(self, dtype)

    def get_indexer(self, target, method=None, limit=None, tolerance=None):
        if np.isscalar(target):
            raise TypeError("Should be a sequence")
        if not self._p.is_unique:
            raise ValueError("Cannot get index for a non-unique Index.")
        wanted = hold_index(pd.Index(make_column(target)))
        alike = (wanted.dtype == TEXT) == (self._p.dtype == TEXT)
        return wrap(self._p.get_indexer(wanted).astype("int64") if alike else np.full(len(wanted), -1))


def index_of(value):
    """pandas' index of what is given as one."""
    return value._p if isinstance(value, Index) else Index(value)._p


def plain(column):
    """A column as users of pandas expect it: whole numbers with nulls become floats with NaN."""
    if not is_masked(column.dtype):
        return column.astype(SHOWN_TEXT) if column.dtype == TEXT else column
    if column.dtype.kind == "b" and column.isna().any():
        return column.astype(object).where(column.notna(), None)
    return pd.Series(array_of(column), index=column.index, name=column.name)


class _Text:
    """``.str``, as far as it is in use."""

    def __init__(self, column):
        self._column = column

    def __getattr__(self, name):
        full = "cudf.core.accessors.string.StringMethods"
        if name not in ("findall", "lower", "match", "strip"):
            raise missing(full, name)

        def call(*args, **kwargs):
            bind(f"{full}.{name}", (self, *args), kwargs)
            return show(getattr(self._column.str, name)(*args, **kwargs))

        return call


class _Categories:
    """``.cat``, as far as it is in use; codes keep the nulls of the column."""

    def __init__(self, column):
        codes = column.cat.codes.to_numpy()
        self.categories = show(column.cat.categories)
        self.codes = show(columns.masked(codes, codes < 0, column.index))


class CategoricalDtype:
    """``cudf.CategoricalDtype``."""

    kind, name = "O", "category"

    def __init__(self, categories=None, ordered=False):
        known = categories if is_category(categories) else None
        self._real = known or pd.CategoricalDtype(index_of(categories), ordered)

    def __eq__(self, other):
        return other == "category" or self._real == getattr(other, "_real", None)

    __hash__ = None


KINDS.update({pd.Series: Series, pd.Index: Index})
