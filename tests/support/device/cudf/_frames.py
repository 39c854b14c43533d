"""``DataFrame``, ``Series`` and ``Index``: each holds pandas' and shows what cuDF shows of it."""

import functools

import numpy as np
import pandas as pd
import pyarrow as pa

from cudf._convert import TEXT, cast, convert_in, from_arrow, has_nulls, is_masked, loose, make_column, numpy_dtype, tight
from cupy._array import ndarray, wrap
from stand_in import bind, crossing, exists, names

MIXING = np.random.default_rng(20261127)
"""Orders that cuDF does not promise are mixed."""


def show(found, like=None):
    """pandas' result as cuDF's: held columns, and scalars of the host."""
    if isinstance(found, pd.DataFrame):
        return DataFrame._of(found)
    if isinstance(found, pd.Series):
        return Series._of(found)
    if isinstance(found, pd.MultiIndex):
        return MultiIndex._of(found)
    if isinstance(found, pd.RangeIndex):
        return RangeIndex._of(found)
    if isinstance(found, pd.Index):
        return Index._of(found)
    if isinstance(found, np.ndarray):
        return wrap(found)
    if isinstance(found, (np.generic, bool, int, float, str)) or found is pd.NA or found is None:
        crossing("a scalar of a reduction or element", "sync")
    return found


class Base:
    """What frames, series and indexes share."""

    _kind = ""
    _p = None

    @classmethod
    def _of(cls, held):
        made = object.__new__(cls)
        if isinstance(held, pd.Series):
            held = tight(held)
        elif isinstance(held, pd.DataFrame):
            parts = {place: tight(held.iloc[:, place]) for place in range(held.shape[1])}
            held = pd.DataFrame(parts, index=held.index, copy=False).set_axis(held.columns, axis=1) if parts else held
        made._p = held
        return made

    def __len__(self):
        return len(self._p)

    def __array__(self, dtype=None, copy=None):
        raise TypeError(
            "Implicit conversion to a host NumPy array via __array__ is not allowed. To explicitly construct a GPU matrix, "
            "consider using .to_cupy() To explicitly construct a host matrix, consider using .to_numpy()."
        )

    def __arrow_array__(self, type=None):
        raise TypeError("Implicit conversion to a host PyArrow object via __arrow_array__ is not allowed. Consider using .to_arrow()")

    def __bool__(self):
        raise ValueError(f"The truth value of a {self._kind} is ambiguous. Use a.empty, a.bool(), a.item(), a.any() or a.all().")

    def __repr__(self):
        crossing("repr", "out")
        return repr(self._p)

    def __reduce__(self):
        crossing("pickle of a frame", "out")
        return _renew, (type(self), self._p)

    def __array_function__(self, func, types, args, kwargs):
        if not all(issubclass(each, Base) for each in types):
            return NotImplemented
        found = getattr(type(self), func.__name__, None)
        return NotImplemented if found is None else found(*args, **kwargs)

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        if method != "__call__" or kwargs.get("out") is not None:
            return NotImplemented
        given = []
        for each in inputs:
            if isinstance(each, np.ndarray) and each.ndim:
                crossing("ufunc with an array of the host", "in", each.nbytes)
            given.append(_loosened(convert_in(each)))
        return show(ufunc(*given, **kwargs))

    def to_pandas(self, *, nullable=False, arrow_type=False):
        crossing("to_pandas", "out", self._bytes())
        if arrow_type:
            raise NotImplementedError("the stand-in has no arrow_type")
        held = self._p.copy()
        if nullable or isinstance(held, pd.Index):
            return held
        if isinstance(held, pd.Series):
            return _plain(held)
        return pd.DataFrame({place: _plain(held.iloc[:, place]) for place in range(held.shape[1])}, index=held.index).set_axis(held.columns, axis=1)

    def _bytes(self):
        held = self._p
        if isinstance(held, pd.DataFrame):
            return int(sum(held.iloc[:, place].memory_usage(index=False) for place in range(held.shape[1])))
        return int(held.memory_usage())

    def copy(self, deep=True):
        return type(self)._of(self._p.copy(deep=deep) if not isinstance(self, Index) else self._p.copy())


def _renew(kind, held):
    return kind._of(held)


def _plain(column):
    """A masked column as pandas users expect it: whole numbers with nulls become floats with NaN."""
    if not is_masked(column.dtype):
        return column
    kind = column.dtype.numpy_dtype
    if kind.kind == "b":
        return column.astype(object).where(~column.isna(), None)
    return pd.Series(column.to_numpy(dtype=kind if kind.kind == "f" else "float64", na_value=np.nan), index=column.index, name=column.name)


def _loosened(held):
    if isinstance(held, pd.Series):
        return loose(held)
    if isinstance(held, pd.DataFrame) and held.shape[1]:
        return pd.DataFrame({place: loose(held.iloc[:, place]) for place in range(held.shape[1])}, index=held.index, copy=False).set_axis(held.columns, axis=1)
    return held


def _array(column, wanted=None, na_value=None):
    """NumPy view or copy of a held column of numbers; what ``values`` and ``to_cupy`` give."""
    kind = numpy_dtype(column)
    if isinstance(column.dtype, pd.StringDtype) or column.dtype == object:
        raise TypeError("cupy does not support object")
    if isinstance(column.dtype, pd.CategoricalDtype):
        return _array(tight(column.astype(column.dtype.categories.dtype)), wanted, na_value)
    if kind.kind == "M":
        raise NotImplementedError(f"CuPy does not support {kind}")
    if not is_masked(column.dtype):
        found = column.to_numpy()
        if not found.flags.writeable:  # pandas guards its views; a device column is written through
            found = _unguarded(found)
        return found if wanted is None else found.astype(wanted, copy=False)
    if na_value is not None:
        mask, values = column.array._mask, column.array._data
        out = values.copy()
        out[mask] = na_value
        return out if wanted is None else out.astype(wanted)
    if kind.kind == "b":
        raise ValueError("Column must have no nulls for dtype=bool")
    return column.to_numpy(dtype=kind if kind.kind == "f" else "float64", na_value=np.nan)


def _unguarded(view):
    """A writable window on the same memory."""
    about = dict(view.__array_interface__)
    about["data"] = (about["data"][0], False)

    class Window:
        __array_interface__ = about
        _keep = view

    return np.asarray(Window())


class _Places:
    """``loc`` and ``iloc``."""

    def __init__(self, frame, name):
        self._frame, self._name = frame, name

    def __getitem__(self, key):
        key = _places_key(key)
        if isinstance(key, (pd.Series,)) and key.dtype == "boolean":
            key = key.fillna(False).astype(bool)
        return show(getattr(self._frame._p, self._name)[key])

    def __setitem__(self, key, value):
        held = self._frame._p.copy()
        getattr(held, self._name)[_places_key(key)] = convert_in(value)
        self._frame._p = type(self._frame)._of(held)._p


def _places_key(key):
    if isinstance(key, tuple):
        return tuple(_places_key(each) for each in key)
    found = convert_in(key)
    if isinstance(found, pd.Index):
        return found
    if isinstance(found, pd.Series):
        return found if found.dtype.kind == "b" or str(found.dtype) == "boolean" else found.array
    return found


def _gateway(kind, owner, name):
    """A method with cuDF's parameters that pandas computes."""
    full = f"cudf.{kind}.{name}" if "." not in kind else f"{kind}.{name}"

    @functools.wraps(getattr(owner, name))
    def call(self, *args, **kwargs):
        bind(full, (self, *args), kwargs)
        if kwargs.pop("inplace", False):
            raise NotImplementedError("the stand-in changes nothing in place")
        held = self._p
        loosen = name in _LOOSE
        args = tuple(_loosened(convert_in(each)) if loosen else convert_in(each) for each in args)
        kwargs = {key: _loosened(convert_in(each)) if loosen else convert_in(each) for key, each in kwargs.items()}
        return show(getattr(_loosened(held) if loosen else held, name)(*args, **kwargs))

    return call


_LOOSE = {
    "shift", "reindex", "where", "mask", "diff", "unstack", "pivot", "pivot_table", "isin", "eq", "ne", "lt", "le", "gt", "ge",
    "add", "sub", "mul", "div", "truediv", "floordiv", "mod", "pow", "fillna", "dropna", "clip", "sum", "max", "min", "mean",
    "cumsum", "round", "abs", "any", "all",
}


def _operator(name):
    def call(self, other):
        if isinstance(other, np.ndarray) and other.ndim:
            crossing("operand from the host", "in", other.nbytes)
        if not isinstance(other, (Base, ndarray, np.ndarray, np.generic, bool, int, float, str, type(pd.NA), list, np.timedelta64)) and other is not None:
            return NotImplemented
        mine, its = _loosened(self._p), _loosened(convert_in(other))
        if isinstance(self, Series) and isinstance(other, Series) and name in _COMPARES and len(mine) and not mine.index.equals(its.index):
            raise ValueError("Can only compare identically-labeled Series objects")
        return show(getattr(mine, name)(its))

    return call


_COMPARES = {"__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"}
_OPERATORS = [
    f"__{side}{name}__"
    for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and", "or", "xor")
    for side in ("", "r")
] + sorted(_COMPARES)


class _OneColumn(Base):
    """What series and indexes share."""

    name = property(lambda self: self._p.name)
    size = property(lambda self: len(self._p))
    shape = property(lambda self: (len(self._p),))
    ndim = property(lambda self: 1)
    empty = property(lambda self: not len(self._p))
    is_unique = property(lambda self: bool(self._p.is_unique))
    is_monotonic_increasing = property(lambda self: bool(self._p.is_monotonic_increasing))
    is_monotonic_decreasing = property(lambda self: bool(self._p.is_monotonic_decreasing))
    T = property(lambda self: self)

    def _column(self):
        return self._p

    @property
    def dtype(self):
        kind = numpy_dtype(self._column())
        return CategoricalDtype._show(kind) if isinstance(kind, pd.CategoricalDtype) else kind

    @property
    def values(self):
        found = _array(self._column())
        return wrap(found)

    def to_cupy(self, dtype=None, copy=False, na_value=None):
        found = _array(self._column(), dtype, na_value)
        return wrap(found.copy() if copy else found)

    def __cupy_view__(self):
        if has_nulls(self._column()):
            raise ValueError("CuPy currently does not support masked arrays.")
        return _array(self._column())

    @property
    def __cuda_array_interface__(self):
        column = self._column()
        array = column.array._data if is_masked(column.dtype) else _array(column)
        found = {**array.__array_interface__, "version": 1}
        if is_masked(column.dtype):
            found["mask"] = column.array._mask.__array_interface__
        return found

    def to_numpy(self, dtype=None, copy=True, na_value=pd.api.extensions.no_default):
        column = self._column()
        crossing("to_numpy", "out", self._bytes())
        if has_nulls(column) and dtype is not None and na_value is pd.api.extensions.no_default and np.dtype(dtype).kind != "O":
            raise ValueError(f"cannot convert to '{dtype}'-dtype NumPy array with missing values.")
        if is_masked(column.dtype):
            if na_value is pd.api.extensions.no_default:
                if column.dtype.numpy_dtype.kind == "b":
                    return column.to_numpy(dtype=object, na_value=None)
                return _array(column).copy()
            return _array(column, dtype, na_value)
        if isinstance(column.dtype, pd.CategoricalDtype):
            return column.astype(object).to_numpy()
        found = column.to_numpy(dtype=object) if column.dtype == TEXT else np.array(column.to_numpy())
        return found if dtype is None else found.astype(dtype)

    def to_arrow(self):
        found = arrow_of(self._column())
        crossing("to_arrow", "out", found.nbytes)
        return found

    def tolist(self):
        raise TypeError(
            "cuDF does not support conversion to host memory via the `tolist()` method. Consider using "
            "`.to_arrow().to_pylist()` to construct a Python list."
        )

    to_list = tolist

    def __iter__(self):
        raise TypeError(
            f"{self._kind} object is not iterable. Consider using `.to_arrow()`, `.to_pandas()` or `.to_numpy()` if you wish to "
            "iterate over the values."
        )

    def factorize(self, sort=False, use_na_sentinel=True):
        codes, found = pd.factorize(self._p, sort=sort, use_na_sentinel=use_na_sentinel)
        return wrap(codes.astype("int64")), show(pd.Index(found))

    @property
    def str(self):
        if self._column().dtype != TEXT and not (isinstance(self._column().dtype, np.dtype) and self._column().dtype == object):
            raise AttributeError("Can only use .str accessor with string values!")
        return _Text(self)


def arrow_of(column):
    """Arrow of a held column: nulls as such, NaN kept."""
    if is_masked(column.dtype):
        return pa.array(column.array._data, mask=column.array._mask)
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes = pa.array(column.cat.codes.to_numpy(), mask=(column.cat.codes < 0).to_numpy())
        return pa.DictionaryArray.from_arrays(codes, pa.array(list(column.cat.categories)))
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "biufM":
        return pa.array(column.to_numpy())
    if column.dtype == object:
        return pa.array(list(column))
    return pa.array([None if each is None or each != each else each for each in column], pa.string())


class Series(_OneColumn):
    """``cudf.Series``."""

    _kind = "Series"
    __module__ = "cudf"

    def __init__(self, data=None, index=None, dtype=None, name=None, copy=False, nan_as_null=True):
        if isinstance(data, dict):
            index, data = list(data), list(data.values())
        place = None if index is None else _index(index)
        given = data._p.index if isinstance(data, Series) else None
        name = data.name if name is None and isinstance(data, (Series, Index)) else name
        length = None if place is None else len(place)
        found = make_column([] if data is None else data, None, name, dtype, nan_as_null, length)
        if given is not None:
            found = found.set_axis(given)
            found = tight(loose(found).reindex(place)) if place is not None else found
        elif place is not None:
            if len(place) != len(found):
                raise ValueError(f"Length of values ({len(found)}) does not match length of index ({len(place)})")
            found = found.set_axis(place)
        self._p = found

    @property
    def name(self):
        return self._p.name

    @name.setter
    def name(self, name):
        self._p = self._p.rename(name)

    @property
    def index(self):
        return show(self._p.index)

    @index.setter
    def index(self, index):
        self._p = self._p.set_axis(_index(index))

    @classmethod
    def from_arrow(cls, array):
        return cls(array)

    loc = property(lambda self: _Places(self, "loc"))
    iloc = property(lambda self: _Places(self, "iloc"))
    hasnans = property(lambda self: bool(self._p.isna().any()))
    has_nulls = property(lambda self: has_nulls(self._p))
    null_count = property(lambda self: int(self._p.isna().sum()))

    def __getitem__(self, key):
        if isinstance(key, slice):
            return show(self._p.iloc[convert_in(key)])
        if isinstance(key, (ndarray, np.ndarray, Series, list)):
            if isinstance(key, (np.ndarray, list)):
                crossing("index from the host", "in", 8 * len(key))
            mask = convert_in(key)
            kind = getattr(mask, "dtype", np.asarray(mask).dtype)
            if kind == bool or str(kind) == "boolean":
                return show(self._p[np.asarray(pd.array(mask, dtype="boolean").fillna(False), bool)])
        return self.loc[key]

    def __setitem__(self, key, value):
        held = _loosened(self._p.copy())
        key = convert_in(key)
        if isinstance(key, slice):
            held.iloc[key] = convert_in(value)
        elif getattr(key, "dtype", None) == bool:
            held[np.asarray(key, bool)] = convert_in(value)
        else:
            held.loc[_places_key(key)] = convert_in(value)
        self._p = tight(held)

    def __contains__(self, item):
        return item in self._p.index

    def astype(self, dtype, copy=None, errors="raise"):
        if isinstance(dtype, dict):
            dtype = dtype[self.name]
        return Series._of(cast(self._p, dtype))

    def isna(self):
        return Series._of(self._p.isna())

    isnull = isna

    def notna(self):
        return Series._of(self._p.notna())

    notnull = notna

    def unique(self):
        return Series._of(pd.Series(pd.unique(self._p), name=self.name) if not isinstance(self._p.dtype, np.dtype) else pd.Series(self._p.unique(), name=self.name))

    def to_frame(self, name=None):
        return DataFrame._of(self._p.to_frame(self.name if name is None else name))

    def where(self, cond, other=None, inplace=False, axis=None, level=None):
        if inplace or axis is not None or level is not None:
            raise NotImplementedError("inplace, axis and level are not in the stand-in")
        mask = convert_in(cond)
        mask = mask.reindex(self._p.index) if isinstance(mask, pd.Series) else pd.Series(np.asarray(mask), self._p.index)
        mask = np.asarray(pd.array(mask, dtype="boolean").fillna(False), bool)
        other = convert_in(other)
        if isinstance(other, float) and other != other:
            other = None
        held = loose(self._p)
        if isinstance(other, (pd.Series, np.ndarray)):
            other = loose(pd.Series(np.asarray(other), self._p.index)) if isinstance(other, np.ndarray) else loose(other)
        return Series._of(held.where(mask, pd.NA if other is None and not isinstance(held.dtype, (pd.StringDtype, pd.CategoricalDtype)) else other))

    def take(self, indices, axis=0):
        return Series._of(self._p.iloc[np.asarray(convert_in(indices))])

    def duplicated(self, keep="first"):
        return Series._of(self._p.duplicated(keep))

    def isin(self, values):
        values = convert_in(values)
        if isinstance(values, str):
            raise TypeError("only list-like objects are allowed")
        return Series._of(self._p.isin(list(values) if not hasattr(values, "dtype") else values))

    def map(self, arg, na_action=None):
        if callable(arg) and not isinstance(arg, (dict, Series)):
            if not (isinstance(self._p.dtype, np.dtype) and self._p.dtype.kind in "biuf"):
                raise NotImplementedError("user functions are compiled by Numba; the stand-in refuses them on strings")
        return show(self._p.map(convert_in(arg)))

    def apply(self, func, convert_dtype=True, args=(), by_row="compat", **kwargs):
        raise NotImplementedError("the stand-in compiles no user functions")

    def items(self):
        return self.__iter__()

    def value_counts(self, normalize=False, sort=True, ascending=False, bins=None, dropna=True):
        found = self._p.value_counts(normalize=normalize, sort=sort, ascending=ascending, dropna=dropna)
        mixed = found.iloc[MIXING.permutation(len(found))]
        return show(mixed.sort_values(ascending=ascending, kind="stable") if sort else mixed)

    def sort_values(self, axis=0, ascending=True, inplace=False, kind="quicksort", na_position="last", ignore_index=False, key=None):
        return show(self._p.sort_values(ascending=ascending, kind="stable", na_position=na_position, ignore_index=ignore_index))

    def explode(self, ignore_index=False):
        return show(self._p.explode(ignore_index=ignore_index))

    def groupby(self, *args, **kwargs):
        raise NotImplementedError("grouping of series is not in the stand-in")

    @property
    def cat(self):
        if not isinstance(self._p.dtype, pd.CategoricalDtype):
            raise AttributeError("Can only use .cat accessor with a 'category' dtype")
        return _Categories(self)


class Index(_OneColumn):
    """``cudf.Index``."""

    _kind = "Index"
    __module__ = "cudf"

    def __new__(cls, *args, **kwargs):
        return object.__new__(cls)

    def __init__(self, data=None, dtype=None, copy=False, name=pd.api.extensions.no_default, tupleize_cols=True, nan_as_null=True):
        given = getattr(data, "name", None) if name is pd.api.extensions.no_default else name
        if isinstance(data, (range, pd.RangeIndex, RangeIndex)):
            held = pd.RangeIndex(data if isinstance(data, range) else (data._p if isinstance(data, Base) else data), name=given)
            self.__class__ = RangeIndex
        else:
            column = make_column(data, dtype=dtype, nan_as_null=nan_as_null)
            held = pd.Index(column.array if not isinstance(column.dtype, np.dtype) else column.to_numpy(), name=given)
        self._p = held

    def _column(self):
        return tight(self._p.to_series(index=pd.RangeIndex(len(self._p))))

    @property
    def name(self):
        return self._p.name

    @name.setter
    def name(self, name):
        self._p = self._p.rename(name)

    names = property(lambda self: self._p.names)
    nlevels = property(lambda self: self._p.nlevels)
    has_duplicates = property(lambda self: bool(self._p.has_duplicates))

    def __getitem__(self, key):
        if isinstance(key, (np.ndarray, list)) and np.ndim(key):
            crossing("index from the host", "in", 8 * len(key))
        if isinstance(key, Series):
            key = key._p.to_numpy()
        return show(self._p[convert_in(key)])

    def __contains__(self, item):
        return item in self._p

    def get_indexer(self, target, method=None, limit=None, tolerance=None):
        if isinstance(target, str) or np.isscalar(target):
            raise TypeError("Should be a sequence")
        if not self._p.is_unique:
            raise ValueError("Cannot get index for a non-unique Index.")
        wanted = make_column(target)
        mine, its = self._column(), wanted
        if (mine.dtype == TEXT) != (its.dtype == TEXT):
            return wrap(np.full(len(its), -1, "int64"))
        return wrap(pd.Index(mine.array).get_indexer(pd.Index(its.array)).astype("int64"))

    def isin(self, values, level=None):
        values = convert_in(values)
        if isinstance(values, str) or not hasattr(values, "__len__"):
            raise TypeError("only list-like objects are allowed to be passed")
        return wrap(np.asarray(self._p.isin(values if hasattr(values, "dtype") else list(values))))

    def isna(self):
        return wrap(np.asarray(self._p.isna()))

    isnull = isna

    def notna(self):
        return wrap(np.asarray(self._p.notna()))

    def duplicated(self, keep="first"):
        return wrap(np.asarray(self._p.duplicated(keep)))

    def take(self, indices, axis=0, allow_fill=True, fill_value=None):
        if isinstance(indices, np.ndarray):
            crossing("index from the host", "in", indices.nbytes)
        return show(self._p.take(np.asarray(convert_in(indices))))

    def astype(self, dtype, copy=True):
        return Index(Series._of(cast(self._column(), dtype)), name=self.name)

    def unique(self, level=None):
        return show(self._p.unique())

    def append(self, other):
        return show(self._p.append(convert_in(other)))

    def sort_values(self, return_indexer=False, ascending=True, na_position="last", key=None):
        return show(self._p.sort_values(ascending=ascending, na_position=na_position)) if not return_indexer else NotImplemented

    def to_series(self, index=None, name=None):
        return Series._of(self._p.to_series(index=convert_in(index), name=name))

    def to_frame(self, index=True, name=None):
        return DataFrame._of(self._p.to_frame(index=index, **({} if name is None else {"name": name})))

    def rename(self, name, inplace=False):
        return show(self._p.rename(name))

    def equals(self, other):
        return bool(self._p.equals(convert_in(other)))

    def difference(self, other, sort=None):
        return show(self._p.difference(convert_in(other), sort))

    def union(self, other, sort=None):
        return show(self._p.union(convert_in(other), sort))

    def intersection(self, other, sort=False):
        return show(self._p.intersection(convert_in(other), sort))


class RangeIndex(Index):
    """``cudf.RangeIndex``."""

    _kind = "RangeIndex"
    __module__ = "cudf"

    def __init__(self, start, stop=None, step=None, dtype=None, copy=False, name=None, nan_as_null=None):
        self._p = pd.RangeIndex(start, stop, step, name=name)

    start = property(lambda self: self._p.start)
    stop = property(lambda self: self._p.stop)
    step = property(lambda self: self._p.step)


class MultiIndex(Index):
    """``cudf.MultiIndex``."""

    _kind = "MultiIndex"
    __module__ = "cudf"

    def __init__(self, levels=None, codes=None, sortorder=None, names=None, **kwargs):
        self._p = pd.MultiIndex(levels=convert_in(levels), codes=convert_in(codes), names=names)

    def _column(self):
        raise NotImplementedError("a MultiIndex is no column")

    @classmethod
    def from_tuples(cls, tuples, sortorder=None, names=None):
        return cls._of(pd.MultiIndex.from_tuples(convert_in(tuples), names=names))


class DataFrame(Base):
    """``cudf.DataFrame``."""

    _kind = "DataFrame"
    __module__ = "cudf"

    def __init__(self, data=None, index=None, columns=None, dtype=None, copy=None, nan_as_null=True):
        if copy is not None:
            raise NotImplementedError("copy is not currently implemented.")
        place = None if index is None else _index(index)
        if isinstance(columns, (Index, Series, ndarray)):
            crossing("names of columns to the host", "out")
            columns = pd.Index(convert_in(columns))
        elif columns is not None:
            columns = pd.Index(columns)
        if columns is not None and columns.has_duplicates:
            raise ValueError("Columns cannot contain duplicate values")
        if isinstance(data, (DataFrame, pd.DataFrame)):
            held = data._p if isinstance(data, DataFrame) else from_pandas_frame(data)
            held = held if place is None else _loosened(held).reindex(place)
            self._p = DataFrame._of(held if columns is None else _loosened(held).reindex(columns=columns))._p
            return
        if isinstance(data, (ndarray, np.ndarray)):
            array = data if isinstance(data, ndarray) else None
            if array is None:
                crossing("frame from the host", "in", data.nbytes)
                array = wrap(data)
            flat = array._a.reshape(len(array._a), -1) if array._a.ndim == 1 else array._a
            if flat.ndim != 2:
                raise ValueError(f"records dimension expected 1 or 2 but found: {flat.ndim}")
            if columns is not None and len(columns) != flat.shape[1]:
                raise ValueError(f"columns length expected {flat.shape[1]} but found {len(columns)}")
            flat = np.asfortranarray(flat)
            made = {at: make_column(wrap(flat[:, at]), nan_as_null=nan_as_null) for at in range(flat.shape[1])}
            labels = columns if columns is not None else pd.RangeIndex(flat.shape[1])
        elif isinstance(data, dict):
            if columns is not None:
                data = {name: data.get(name) for name in columns}
            lengths = [len(each) for each in data.values() if hasattr(each, "__len__") and not isinstance(each, str) and getattr(each, "ndim", 1)]
            series = [each for each in data.values() if isinstance(each, Series)]
            if place is None and series:
                place = series[0]._p.index
                for each in series[1:]:
                    place = place if place.equals(each._p.index) else place.union(each._p.index)
            length = len(place) if place is not None else (lengths[0] if lengths else 0)
            made, labels = {}, pd.Index(list(data)) if data else pd.RangeIndex(0)
            for at, each in enumerate(data.values()):
                if isinstance(each, Series) and not each._p.index.equals(place):
                    made[at] = tight(loose(each._p).reindex(place)).reset_index(drop=True)
                else:
                    if isinstance(each, (ndarray, np.ndarray)) and each.ndim == 0:
                        each = each.item()
                    made[at] = make_column(each, nan_as_null=nan_as_null, length=length)
        elif data is None:
            made, labels = {}, columns if columns is not None else pd.RangeIndex(0)
            made = {at: pd.Series([], dtype=TEXT) for at in range(len(labels))}
        elif isinstance(data, (list, tuple)):
            crossing("frame from the host", "in", 8 * len(data))
            held = from_pandas_frame(pd.DataFrame(convert_in(list(data)), columns=columns))
            made, labels = {at: held.iloc[:, at] for at in range(held.shape[1])}, held.columns
        else:
            raise TypeError(f"data must be list or dict-like, not {type(data)}")
        lengths = {len(each) for each in made.values()}
        if len(lengths) > 1:
            raise ValueError("All arrays must be of the same length")
        place = pd.RangeIndex(lengths.pop() if lengths else 0) if place is None else place
        held = pd.DataFrame({at: each.set_axis(place) for at, each in made.items()}, index=place, copy=False)
        if dtype is not None:
            held = pd.DataFrame({at: cast(held[at], dtype) for at in held}, index=place)
        self._p = DataFrame._of(held.set_axis(labels, axis=1) if len(labels) else held)._p

    @classmethod
    def from_arrow(cls, table):
        if not isinstance(table, pa.Table):
            raise TypeError("must be a pyarrow.Table")
        crossing("DataFrame.from_arrow", "in", table.nbytes)
        made = {at: from_arrow(table.column(at), nan_as_null=False) for at in range(table.num_columns)}
        held = pd.DataFrame(made, index=pd.RangeIndex(len(table)), copy=False)
        return cls._of(held.set_axis(table.column_names, axis=1) if made else held)

    @classmethod
    def from_dict(cls, data, orient="columns", dtype=None, columns=None):
        return cls(data, dtype=dtype, columns=columns)

    index = Series.index
    shape = property(lambda self: self._p.shape)
    size = property(lambda self: self._p.size)
    ndim = property(lambda self: 2)
    empty = property(lambda self: self._p.empty)
    loc = property(lambda self: _Places(self, "loc"))
    iloc = property(lambda self: _Places(self, "iloc"))
    T = property(lambda self: show(self._p.T))

    @property
    def columns(self):
        return self._p.columns

    @columns.setter
    def columns(self, columns):
        self._p = self._p.set_axis(convert_in(columns), axis=1)

    @property
    def dtypes(self):
        return pd.Series([self[name].dtype for name in self._p.columns], index=self._p.columns, dtype=object)

    def __iter__(self):
        return iter(self._p.columns)

    def __contains__(self, item):
        return item in self._p.columns

    def __getattr__(self, name):
        if name.startswith("_") or name not in self._p.columns:
            if exists(f"cudf.DataFrame.{name}"):
                raise NotImplementedError(f"cudf.DataFrame.{name} is in the real cuDF; the stand-in lacks it")
            raise AttributeError(f"'DataFrame' object has no attribute '{name}'")
        return self[name]

    def __getitem__(self, key):
        if isinstance(key, slice):
            return show(self._p.iloc[convert_in(key)])
        if isinstance(key, (ndarray, np.ndarray, Series)) or (isinstance(key, list) and key and isinstance(key[0], (bool, np.bool_))):
            if isinstance(key, (np.ndarray, list)):
                crossing("mask from the host", "in", len(key))
            mask = convert_in(key)
            if isinstance(mask, pd.Series) and not mask.index.equals(self._p.index):
                mask = mask.reindex(self._p.index)
            if len(mask) != len(self):
                raise IndexError(f"Boolean mask has wrong length: {len(mask)} not {len(self)}")
            return show(self._p[np.asarray(pd.array(mask, dtype="boolean").fillna(False), bool)])
        if isinstance(key, (list, pd.Index)):
            return show(self._p[list(key)])
        return Series._of(self._p[key])

    def __setitem__(self, key, value):
        if isinstance(key, (DataFrame, ndarray, np.ndarray, Series)):
            raise NotImplementedError("the stand-in sets columns only")
        keys = key if isinstance(key, list) else [key]
        values = [value[name] for name in value.columns] if isinstance(value, DataFrame) else [value] * len(keys)
        held = self._p
        for name, each in zip(keys, values, strict=True):
            if isinstance(each, Series) and len(held.columns):
                column = each._p
                if not column.index.equals(held.index):
                    column = tight(loose(column).reindex(held.index))
            else:
                if isinstance(each, (ndarray, np.ndarray)) and each.ndim == 0:
                    each = each.item()
                column = make_column(each, length=len(held))
                if len(held.columns) and len(column) != len(held):
                    raise ValueError("All columns must be of equal length")
                column = column.set_axis(held.index if len(held.columns) or len(held) else pd.RangeIndex(len(column)))
            parts = {at: held.iloc[:, at] for at in range(held.shape[1])}
            labels = list(held.columns)
            at = labels.index(name) if name in labels else len(labels)
            parts[at] = column
            labels = labels if name in labels else [*labels, name]
            held = pd.DataFrame(parts, index=column.index, copy=False).set_axis(labels, axis=1)
        self._p = DataFrame._of(held)._p

    def __delitem__(self, name):
        self._p = self._p.drop(columns=[name])

    def assign(self, **columns):
        made = DataFrame._of(self._p)
        for name, value in columns.items():
            made[name] = value(made) if callable(value) else value
        return made

    def astype(self, dtype, copy=None, errors="raise"):
        wanted = dtype if isinstance(dtype, dict) else dict.fromkeys(self._p.columns, dtype)
        if set(wanted) - set(self._p.columns):
            raise KeyError("Only a column name can be used for the key in a dtype mappings argument.")
        made = {at: cast(self._p.iloc[:, at], wanted[name]) if name in wanted else self._p.iloc[:, at] for at, name in enumerate(self._p.columns)}
        return DataFrame._of(pd.DataFrame(made, index=self._p.index, copy=False).set_axis(self._p.columns, axis=1))

    @property
    def values(self):
        return self.to_cupy()

    def to_cupy(self, dtype=None, copy=False, na_value=None):
        parts = [_array(self._p.iloc[:, at], None, na_value) for at in range(self._p.shape[1])]
        if not parts:
            return wrap(np.empty((len(self), 0), order="F"))
        kind = np.result_type(*parts) if dtype is None else dtype
        out = np.empty((len(self), len(parts)), kind, order="F")
        for at, each in enumerate(parts):
            out[:, at] = each
        return wrap(out)

    def to_numpy(self, dtype=None, copy=True, na_value=pd.api.extensions.no_default):
        crossing("to_numpy", "out", self._bytes())
        numbers = all(numpy_dtype(self._p.iloc[:, at]).kind in "biuf" if isinstance(numpy_dtype(self._p.iloc[:, at]), np.dtype) else False for at in range(self._p.shape[1]))
        if not numbers:
            kinds = {str(numpy_dtype(self._p.iloc[:, at])) for at in range(self._p.shape[1])}
            if len(kinds) > 1:
                raise TypeError(f"cudf.to_numpy: columns of {sorted(kinds)} have no common dtype on the device")
            return self._p.to_numpy(dtype=object)
        return self.to_cupy(dtype, False, None if na_value is pd.api.extensions.no_default else na_value)._a

    def to_arrow(self, preserve_index=None):
        arrays = [arrow_of(self._p.iloc[:, at]) for at in range(self._p.shape[1])]
        labels = [str(name) for name in self._p.columns]
        if preserve_index or (preserve_index is None and not isinstance(self._p.index, pd.RangeIndex)):
            arrays.append(arrow_of(Index._of(self._p.index)._column()))
            labels.append(self._p.index.name or "__index_level_0__")
        found = pa.table(arrays, names=labels)
        crossing("to_arrow", "out", found.nbytes)
        return found

    def iterrows(self):
        raise TypeError("cuDF does not support iteration of DataFrame via iterrows.")

    def itertuples(self, index=True, name="Pandas"):
        raise TypeError("cuDF does not support iteration of DataFrame via itertuples.")

    def items(self):
        for name in self._p.columns:
            yield name, self[name]

    keys = columns

    def isna(self):
        return show(self._p.isna())

    isnull = isna

    def notna(self):
        return show(self._p.notna())

    def drop_duplicates(self, subset=None, keep="first", inplace=False, ignore_index=False):
        return show(self._p.drop_duplicates(subset, keep=keep, ignore_index=ignore_index))

    def duplicated(self, subset=None, keep="first"):
        return show(self._p.duplicated(subset, keep))

    def sort_values(self, by, axis=0, ascending=True, inplace=False, kind="quicksort", na_position="last", ignore_index=False, key=None):
        return show(self._p.sort_values(by, ascending=ascending, kind="stable", na_position=na_position, ignore_index=ignore_index))

    def merge(self, right, how="inner", on=None, left_on=None, right_on=None, left_index=False, right_index=False, sort=False, suffixes=("_x", "_y"), indicator=False, validate=None):
        if indicator:
            raise NotImplementedError("Only indicator=False is currently supported")
        found = _loosened(self._p).merge(_loosened(right._p), how, on, left_on, right_on, left_index, right_index, sort, suffixes)
        if not sort:  # cuDF promises no order
            found = found.iloc[MIXING.permutation(len(found))]
            found = found.reset_index(drop=True) if not (left_index or right_index) else found
        return show(found)

    def nlargest(self, n, columns, keep="first"):
        return show(self._p.nlargest(n, columns, keep))

    def take(self, indices, axis=0):
        return show(self._p.iloc[np.asarray(convert_in(indices))])

    def set_index(self, keys, drop=True, append=False, inplace=False, verify_integrity=False):
        if inplace or append:
            raise NotImplementedError("not in the stand-in")
        return show(self._p.set_index(convert_in(keys), drop=drop))

    def reset_index(self, level=None, drop=False, inplace=False, col_level=0, col_fill="", allow_duplicates=False, names=None):
        if inplace:
            raise NotImplementedError("not in the stand-in")
        return show(self._p.reset_index(level, drop=drop, names=names))

    def groupby(self, by=None, axis=0, level=None, as_index=True, sort=False, group_keys=False, observed=True, dropna=True):
        return _Groups(self, by, sort, as_index)

    def to_csv(self, *args, **kwargs):
        bind("cudf.DataFrame.to_csv", (self, *args), kwargs)
        crossing("to_csv", "out", self._bytes())
        return _plain_frame(self._p).to_csv(*args, **kwargs)

    def query(self, expr, local_dict=None, global_dict=None, **kwargs):
        return show(self._p.query(expr))


def _plain_frame(held):
    return pd.DataFrame({at: _plain(held.iloc[:, at]) for at in range(held.shape[1])}, index=held.index).set_axis(held.columns, axis=1)


def from_pandas_frame(frame):
    made = {at: make_column(frame.iloc[:, at]) for at in range(frame.shape[1])}
    return pd.DataFrame({at: each.set_axis(frame.index) for at, each in made.items()}, index=frame.index).set_axis(frame.columns, axis=1)


def _index(given):
    """pandas' index of what is given as one."""
    if isinstance(given, Index):
        return given._p
    if isinstance(given, pd.Index):
        return given
    return Index(given)._p


class _Text:
    """``.str``."""

    def __init__(self, parent):
        self._parent = parent

    def __getattr__(self, name):
        full = f"cudf.core.accessors.string.StringMethods.{name}"
        if not exists(full):
            raise AttributeError(f"'StringMethods' object has no attribute '{name}'")

        def call(*args, **kwargs):
            bind(full, (self, *args), kwargs)
            return show(getattr(self._parent._p.str, name)(*map(convert_in, args), **{key: convert_in(each) for key, each in kwargs.items()}))

        return call


class _Categories:
    """``.cat``."""

    def __init__(self, parent):
        self._parent = parent

    @property
    def codes(self):
        return Series._of(self._parent._p.cat.codes)

    @property
    def categories(self):
        return show(self._parent._p.cat.categories)

    @property
    def ordered(self):
        return bool(self._parent._p.cat.ordered)

    def __getattr__(self, name):
        full = f"cudf.core.accessors.categorical.CategoricalAccessor.{name}"
        if not exists(full):
            raise AttributeError(f"'CategoricalAccessor' object has no attribute '{name}'")
        return lambda *args, **kwargs: show(getattr(self._parent._p.cat, name)(*map(convert_in, args), **kwargs))


class _Groups:
    """``groupby``: results in no order unless sorted."""

    def __init__(self, frame, by, sort, as_index):
        self._frame, self._by, self._sort, self._as_index = frame, by, sort, as_index

    def _p(self):
        return self._frame._p.groupby(convert_in(self._by), sort=self._sort, as_index=self._as_index, observed=True)

    def __iter__(self):
        for name, part in self._p():
            yield name, show(part)

    def __getitem__(self, key):
        return _GroupedColumns(self, key)

    def __getattr__(self, name):
        if not exists(f"cudf.core.groupby.groupby.DataFrameGroupBy.{name}"):
            raise AttributeError(name)
        return functools.partial(self._call, None, name)

    def _call(self, key, name, *args, **kwargs):
        groups = self._p() if key is None else self._p()[key]
        found = getattr(groups, name)(*map(convert_in, args), **{k: convert_in(v) for k, v in kwargs.items()})
        if not self._sort and len(found) != len(self._frame):
            found = found.iloc[MIXING.permutation(len(found))]
        return show(found)


class _GroupedColumns:
    def __init__(self, groups, key):
        self._groups, self._key = groups, key

    def __getattr__(self, name):
        if not exists(f"cudf.core.groupby.groupby.SeriesGroupBy.{name}"):
            raise AttributeError(name)
        return functools.partial(self._groups._call, self._key, name)


class CategoricalDtype:
    """``cudf.CategoricalDtype``."""

    __module__ = "cudf"
    kind, type, str, name = "O", pd.CategoricalDtype.type, "|O08", "category"

    def __init__(self, categories=None, ordered=False):
        values = None if categories is None else (categories._p if isinstance(categories, Base) else categories)
        self._real = pd.CategoricalDtype(values, ordered)

    @classmethod
    def _show(cls, real):
        made = object.__new__(cls)
        made._real = real
        return made

    categories = property(lambda self: show(self._real.categories))
    ordered = property(lambda self: self._real.ordered)

    def __eq__(self, other):
        return other == "category" or (isinstance(other, CategoricalDtype) and self._real == other._real)

    def __hash__(self):
        return hash(self._real)

    def __repr__(self):
        return repr(self._real)


for _kind, _pandas in {Series: pd.Series, Index: pd.Index, DataFrame: pd.DataFrame}.items():
    for _name in names(f"cudf.{_kind._kind}"):
        if _name[0] != "_" and not hasattr(_kind, _name) and callable(getattr(_pandas, _name, None)):
            setattr(_kind, _name, _gateway(_kind._kind, _pandas, _name))
    for _name in _OPERATORS:
        if hasattr(_pandas, _name):
            setattr(_kind, _name, _operator(_name))
    _kind.__hash__ = None
for _kind in (Series, DataFrame, Index):
    _kind.__invert__ = lambda self: show(~_loosened(self._p))
    _kind.__neg__ = lambda self: show(-_loosened(self._p))
    _kind.__abs__ = lambda self: show(abs(_loosened(self._p)))
