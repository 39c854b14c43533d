"""What frames, series and indexes share: a gateway to pandas with cuDF's names, parameters and refusals."""

import numpy as np
import pandas as pd
from cupy._array import ndarray, wrap
from stand_in import bind, crossing
from stand_in.contract import missing

from cudf._columns import NA, hold, hold_index, masked, nulls, words

KINDS = {}
"""Classes by the kind of pandas' object that they hold."""
_COUNTS_NAN = {"isna", "notna", "fillna", "dropna", "sum", "max", "min", "mean"}
_COMPARES = [f"__{name}__" for name in ("eq", "ne", "lt", "le", "gt", "ge")]
_ARITHMETIC = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and", "or", "xor")
_SCALARS = (np.generic, bool, int, float, str, type(NA), type(None))


def show(found):
    """pandas' result as cuDF's; scalars are those of the host."""
    for kind, made in KINDS.items():
        if isinstance(found, kind):
            return made._of(found)
    if isinstance(found, _SCALARS):
        crossing("a scalar of a reduction or element", "sync")
    return wrap(found) if isinstance(found, np.ndarray) else found


def given(value):
    """An argument as pandas takes it."""
    if isinstance(value, Base):
        return value._p
    if isinstance(value, ndarray):
        return value._a if value._a.ndim else value._a[()]
    if isinstance(value, list | tuple):
        return type(value)(map(given, value))
    if isinstance(value, np.ndarray):
        crossing("argument from the host", "in", value.nbytes)
    return getattr(value, "_real", value)


def gateway(full, name):
    """A method with cuDF's parameters that pandas computes."""

    def call(self, *args, **kwargs):
        bind(full, (self, *args), kwargs)
        if kwargs.pop("inplace", False):
            raise NotImplementedError(f"{full}: the stand-in changes nothing in place")
        held = nulls(self._p) if name in _COUNTS_NAN else self._p
        kwargs = {key: given(each) for key, each in kwargs.items()}
        return show(getattr(held, name)(*map(given, args), **kwargs))

    return call


def _operator(name):
    def call(self, *others):
        if not all(isinstance(each, (Base, ndarray, np.ndarray, *_SCALARS)) for each in others):
            return NotImplemented
        mine, *its = (NA if each is None else words(given(each)) for each in (self, *others))
        if its and isinstance(its[0], np.ndarray) and not isinstance(mine, pd.Index):
            its = [masked(its[0]).array]
        if name in _COMPARES and isinstance(its[0], pd.Series) and not mine.index.equals(its[0].index):
            raise ValueError("Can only compare identically-labeled Series objects")
        return show(getattr(mine, name)(*its))

    return call


def refusal(message):
    def call(self, *args, **kwargs):
        raise TypeError(f"{type(self).__name__}: {message}")

    return call


class Base:
    """Holds pandas' object, never is one."""

    _kind, _methods, _p = "", "", None
    __hash__ = __array_ufunc__ = None
    __array__ = refusal("conversion to a host NumPy array via __array__ is not allowed; consider .to_cupy()")
    __arrow_array__ = refusal("conversion to a host PyArrow object via __arrow_array__ is not allowed")
    empty = property(lambda self: not len(self._p))
    ndim = property(lambda self: self._p.ndim)
    shape = property(lambda self: self._p.shape)
    size = property(lambda self: int(self._p.size))
    values = property(lambda self: self.to_cupy())

    def __init_subclass__(cls):
        cls.__module__ = "cudf"
        for name in cls._methods.split():
            setattr(cls, name, gateway(f"cudf.{cls._kind}.{name}", name))
        arithmetic = [f"__{side}{name}__" for name in _ARITHMETIC for side in ("", "r")]
        for name in (*_COMPARES, *arithmetic, "__invert__", "__neg__"):
            setattr(cls, name, _operator(name))

    @classmethod
    def _of(cls, held):
        made = object.__new__(cls)
        is_index = isinstance(held, pd.Index)
        made._p = hold_index(held) if is_index else hold(held).set_axis(hold_index(held.index))
        return made

    def __getattr__(self, name):
        if name[0] == "_" or hasattr(type(self), name):
            raise AttributeError(f"'{self._kind}' object has no attribute '{name}'", name=name)
        raise missing(f"cudf.{self._kind}", name, f"'{self._kind}' object")

    def __len__(self):
        return len(self._p)

    def __bool__(self):
        raise ValueError(f"The truth value of a {self._kind} is ambiguous. Use a.empty, a.any() or a.all().")

    def __reduce__(self):
        return type(self)._of, (self._out("pickle of a frame", self._p),)

    def __getitem__(self, key):
        if isinstance(key, slice):
            return self.iloc[key]
        mask = mask_of(key)
        return show(self._p[mask]) if mask is not None else self._chosen(key)

    def _out(self, what, found):
        """What leaves the device, counted by its size."""
        size = found.nbytes if hasattr(found, "nbytes") else np.sum(self._p.memory_usage())
        crossing(what, "out", int(size))
        return found

    def _set_index(self, index):
        self._p = self._p.set_axis(index_of(index))


class Places:
    """``loc`` and ``iloc``."""

    def __init__(self, owner, name):
        self._owner, self._name = owner, name

    def __getitem__(self, key):
        keys = tuple(map(place, key)) if isinstance(key, tuple) else place(key)
        return show(getattr(self._owner._p, self._name)[keys])

    def __setitem__(self, key, value):
        held = self._owner._p.copy()
        getattr(held, self._name)[given(key)] = given(value)
        self._owner._p = type(self._owner)._of(held)._p


def place(key):
    if isinstance(key, slice) and any(isinstance(each, ndarray) for each in (key.start, key.stop, key.step)):
        raise TypeError("slice indices must be integers or None or have an __index__ method")
    mask = mask_of(key)
    if mask is None and isinstance(key, Base):
        return key._column().array
    return given(key) if mask is None else mask


def mask_of(key):
    """A mask of rows as NumPy's, where a null is no; None where the key is none."""
    if isinstance(key, np.ndarray):
        crossing("index from the host", "in", key.nbytes)
    elif not isinstance(key, Base | ndarray):
        return None
    column = key._column() if isinstance(key, Base) else pd.Series(given(key), copy=False)
    return column.fillna(False).to_numpy(bool) if column.dtype.kind == "b" else None


def index_of(value):
    """pandas' index of what is given as one."""
    index = KINDS[pd.Index]
    return value._p if isinstance(value, index) else index(value)._p
