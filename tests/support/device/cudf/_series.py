"""``Series`` and ``Index``: one column each."""

import numpy as np
import pandas as pd
from cupy._array import wrap
from stand_in.contract import missing

from cudf import _columns as columns
from cudf._base import KINDS, Base, Places, gateway, given, index_of, mask_of, place, refusal, show
from cudf._columns import SHOWN_TEXT, TEXT, array_of, cast, is_category, is_masked, make_column, plain

_UNSET = pd.api.extensions.no_default
_TEXT, _TEXT_METHODS = "cudf.core.accessors.string.StringMethods", ("findall", "lower", "match", "strip")


class _OneColumn(Base):
    """What series and indexes share."""

    name = property(lambda self: self._p.name, lambda self, name: setattr(self, "_p", self._p.rename(name)))
    is_unique = property(lambda self: bool(self._p.is_unique))
    str = property(lambda self: self._accessor(_Text, "str", self._column().dtype == TEXT))
    tolist = __iter__ = refusal("is not iterable, nor a list; consider .to_arrow() or .to_numpy()")

    def _column(self):
        return self._p

    def _accessor(self, made, name, fits):
        if not fits:
            raise AttributeError(f"Can only use .{name} accessor with columns of its kind")
        return made(getattr(self._column(), name))

    dtypes = property(lambda self: self.dtype)

    @property
    def dtype(self):
        kind = self._column().dtype
        if is_category(kind):
            return CategoricalDtype(kind)
        return SHOWN_TEXT if kind == TEXT else kind.numpy_dtype if is_masked(kind) else kind

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

    def to_cupy(self, dtype=None, copy=False, na_value=None):
        found = array_of(self._column(), dtype, na_value)
        return wrap(found.copy() if copy else found)

    def to_numpy(self, dtype=None, copy=True, na_value=_UNSET):
        column = self._column()
        lost, value = bool(column.isna().any()), None if na_value is _UNSET else na_value
        if lost and dtype is not None and value is None:
            raise ValueError(f"cannot convert to '{dtype}'-dtype NumPy array with missing values.")
        if is_masked(column.dtype) and not (lost and column.dtype.kind == "b"):
            return self._out("to_numpy", np.array(array_of(column, dtype, value)))
        return self._out("to_numpy", column.to_numpy(dtype=None if column.dtype.kind == "M" else object))

    def to_arrow(self):
        return self._out("to_arrow", columns.to_arrow(self._column()))

    def to_pandas(self, *, nullable=False, arrow_type=False):
        return self._out("to_pandas", plain(self._p) if isinstance(self, Series) else self._p)

    def factorize(self, sort=False, use_na_sentinel=True):
        codes, found = pd.factorize(columns.nulls(self._column()).array, sort, use_na_sentinel)
        return wrap(codes.astype("int64")), show(pd.Index(found))


class Series(_OneColumn):
    """``cudf.Series``."""

    _kind = "Series"
    _methods = (
        "abs all any clip copy dropna duplicated explode fillna head isin isna max mean min ne notna nunique "
        "reindex rename repeat reset_index shift sort_index sort_values sum take"
    )
    null_count = property(lambda self: int(self._p.isna().sum()))
    has_nulls = property(lambda self: bool(self.null_count))
    index = property(lambda self: show(self._p.index), Base._set_index)
    loc = property(lambda self: Places(self, "loc"))
    iloc = property(lambda self: Places(self, "iloc"))
    cat = property(lambda self: self._accessor(_Categories, "cat", is_category(self._column().dtype)))

    @property
    def list(self):
        if self._p.dtype != object:
            raise AttributeError("Can only use .list accessor with a 'list' dtype")
        return _Lists(self._p)

    def __init__(self, data=None, index=None, dtype=None, name=None, copy=False, nan_as_null=True):
        length = None if index is None else len(index)
        found = make_column([] if data is None else data, dtype, nan_as_null, length)
        self._p = found.rename(getattr(data, "name", None) if name is None else name)
        if isinstance(data, Series):
            self._set_index(data.index)
            self._p = self._p if index is None else self._p.reindex(index_of(index))
        elif index is not None:
            self._set_index(index)

    def _chosen(self, key):
        return self.loc[key]

    def astype(self, dtype, copy=None, errors="raise"):
        return show(cast(self._p, dtype))

    def unique(self):
        return show(self._p.drop_duplicates().reset_index(drop=True))

    def where(self, cond, other=None):
        widens = isinstance(other, float) and self._p.dtype.kind in "iu"
        held = cast(self._p, "float64") if widens else self._p
        lacking = None if is_category(held.dtype) else pd.NA
        return show(held.where(mask_of(cond), lacking if other is None else given(other)))


class Index(_OneColumn):
    """``cudf.Index``, ranges among them."""

    _kind = "Index"
    _methods = "append copy duplicated isin isna notna rename repeat sort_values take unique"

    def __new__(cls, data=None, dtype=None, copy=False, name=_UNSET, tupleize_cols=True, nan_as_null=True):
        name = getattr(data, "name", None) if name is _UNSET else name
        if isinstance(given(data), range | pd.RangeIndex) and dtype is None:
            return show(pd.RangeIndex(given(data), name=name))
        return show(pd.Index(make_column(data, dtype, nan_as_null), name=name))

    def _column(self):
        return _held(self._p)

    def __getitem__(self, key):
        return show(self._p[place(key)])

    def astype(self, dtype, copy=True):
        return Index(self, dtype)

    def get_indexer(self, target, method=None, limit=None, tolerance=None):
        if not self._p.is_unique:
            raise ValueError("Cannot get index for a non-unique Index.")
        return wrap(_places(self._p, index_of(target)))


def _places(known, wanted):
    """What an inner join finds: both keys of one type, which is float64 for texts beside numbers."""
    both = known, wanted
    kinds = "".join(map(_kind, both))
    if kinds not in ("tn", "nt", "nn") or (kinds == "nn" and isinstance(known, pd.RangeIndex)):
        return known.get_indexer(wanted).astype("int64")
    common = np.result_type(known.dtype, wanted.dtype) if kinds == "nn" else "float64"
    try:
        known, wanted = (columns.parts(columns.cast(_held(each), common))[0] for each in both)
    except ValueError:
        return np.full(len(wanted), -1)
    rows = pd.Series(np.arange(len(known)), index=known)
    return rows[~rows.index.duplicated()].reindex(wanted, fill_value=-1).to_numpy()


def _kind(index):
    """Texts, numbers, or others."""
    is_number = isinstance(index.dtype, np.dtype) and index.dtype.kind in "biuf"
    return "n" if is_number else "t" if index.dtype == TEXT else "o"


def _held(index):
    return columns.hold(index.to_series(index=pd.RangeIndex(len(index))))


class RangeIndex(Index):
    """``cudf.RangeIndex``: the host knows its bounds, so it leaves the device for nothing."""

    def __new__(cls, start, stop=None, step=None):
        return show(pd.RangeIndex(start, stop, step))

    def to_arrow(self):
        return columns.to_arrow(self._column())


class _Accessor:
    def __init__(self, held):
        self._p = held

    def __getattr__(self, name):
        raise missing(self._full, name)


class _Text(_Accessor):
    """``.str``, as far as it is in use."""

    _full = _TEXT
    findall, lower, match, strip = (gateway(f"{_TEXT}.{name}", name) for name in _TEXT_METHODS)


class _Lists(_Accessor):
    """``.list``: only that it is there for lists, and for nothing else."""

    _full = "cudf.core.accessors.lists.ListMethods"


class _Categories(_Accessor):
    """``.cat``, as far as it is in use; codes keep the nulls of the column."""

    _full = "cudf.core.accessors.categorical.CategoricalAccessor"
    categories = property(lambda self: show(self._p.categories))

    @property
    def codes(self):
        codes = self._p.codes
        return show(columns.masked(codes.to_numpy(), codes.to_numpy() < 0, codes.index))


class CategoricalDtype:
    """``cudf.CategoricalDtype``."""

    kind, name, __hash__ = "O", "category", None

    def __init__(self, categories=None, ordered=False):
        known = categories if is_category(categories) else None
        self._real = known or pd.CategoricalDtype(index_of(categories), ordered)

    def __eq__(self, other):
        return other == "category" or self._real == getattr(other, "_real", None)


KINDS.update({pd.Series: Series, pd.RangeIndex: RangeIndex, pd.Index: Index})
