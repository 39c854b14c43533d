"""What frames, series and indexes share: a gateway to pandas with cuDF's names, parameters and refusals."""

import numpy as np
import pandas as pd
from cupy._array import ndarray, wrap
from stand_in import bind, crossing
from stand_in.contract import missing

from cudf._columns import NA, hold, hold_frame, hold_index, masked, nulls, table, words

MIXING = np.random.default_rng(20261127)
"""Orders that cuDF does not promise are mixed."""
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
        held = self._counting_nan() if name in _COUNTS_NAN else self._p
        kwargs = {key: given(each) for key, each in kwargs.items()}
        return show(getattr(held, name)(*map(given, args), **kwargs))

    return call


def _operand(value, index=False):
    if isinstance(value, ndarray | np.ndarray) and value.ndim:
        return given(value) if index else masked(given(value)).array
    found = NA if value is None else given(value)
    return words(found) if isinstance(found, pd.Series) else found


def _operator(name):
    def call(self, *others):
        if not all(isinstance(each, (Base, ndarray, np.ndarray, *_SCALARS)) for each in others):
            return NotImplemented
        mine = _operand(self)
        its = [_operand(each, isinstance(mine, pd.Index)) for each in others]
        if name in _COMPARES and isinstance(its[0], pd.Series) and not mine.index.equals(its[0].index):
            raise ValueError("Can only compare identically-labeled Series objects")
        return show(getattr(mine, name)(*its))

    return call


class Base:
    """Holds pandas' object, never is one."""

    _kind, _methods, _p = "", "", None
    __hash__ = __array_ufunc__ = None
    empty = property(lambda self: not len(self._p))
    ndim = property(lambda self: self._p.ndim)
    shape = property(lambda self: self._p.shape)
    loc = property(lambda self: Places(self, "loc"))
    iloc = property(lambda self: Places(self, "iloc"))

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
        if isinstance(held, pd.Series):
            held = hold(held).set_axis(hold_index(held.index))
        elif isinstance(held, pd.DataFrame):
            held = hold_frame(held)
        made._p = hold_index(held) if isinstance(held, pd.Index) else held
        return made

    def __getattr__(self, name):
        if name[0] == "_" or hasattr(type(self), name):
            raise AttributeError(f"'{self._kind}' object has no attribute '{name}'", name=name)
        raise missing(f"cudf.{self._kind}", name, f"'{self._kind}' object")

    def __len__(self):
        return len(self._p)

    def __bool__(self):
        raise ValueError(f"The truth value of a {self._kind} is ambiguous. Use a.empty, a.any() or a.all().")

    def __array__(self, dtype=None, copy=None):
        raise TypeError(
            "Implicit conversion to a host NumPy array via __array__ is not allowed; see .to_cupy()"
        )

    def __arrow_array__(self, type=None):
        raise TypeError("Implicit conversion to a host PyArrow object via __arrow_array__ is not allowed.")

    def __repr__(self):
        crossing("repr", "out", self._bytes())
        return repr(self._p)

    def __reduce__(self):
        crossing("pickle of a frame", "out", self._bytes())
        return type(self)._of, (self._p,)

    def _bytes(self):
        return int(np.sum(self._p.memory_usage()))

    def _counting_nan(self):
        """The same with NaN as null, as cuDF's statistics and fillings see it."""
        if isinstance(self._p, pd.DataFrame):
            return table([nulls(column) for _, column in self._p.items()], self._p.index, self._p.columns)
        return nulls(self._p) if isinstance(self._p, pd.Series) else self._p


class Places:
    """``loc`` and ``iloc``, to read."""

    def __init__(self, owner, name):
        self._owner, self._name = owner, name

    def __getitem__(self, key):
        keys = tuple(map(_place, key)) if isinstance(key, tuple) else _place(key)
        return show(getattr(self._owner._p, self._name)[keys])


def _place(key):
    if isinstance(key, slice) and any(isinstance(each, ndarray) for each in (key.start, key.stop, key.step)):
        raise TypeError("slice indices must be integers or None or have an __index__ method")
    mask = mask_of(key)
    if mask is None and hasattr(key, "_column"):
        return key._column().array
    return given(key) if mask is None else mask


def mask_of(key):
    """A mask of rows as NumPy's, where a null is no; None where the key is none."""
    if isinstance(key, list | np.ndarray):
        crossing("index from the host", "in", 8 * len(key))
    elif not hasattr(key, "_column") and not isinstance(key, ndarray):
        return None
    column = key._column() if hasattr(key, "_column") else pd.Series(given(key), copy=False)
    return column.fillna(False).to_numpy(bool) if column.dtype.kind == "b" else None
