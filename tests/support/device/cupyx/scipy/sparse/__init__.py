"""``cupyx.scipy.sparse``: bools and floats only, device arrays only, products in Fortran order."""

import operator

import numpy as np
import scipy.sparse as host
from cupy._array import SCALARS, as_index, ndarray, unwrap, wrap
from stand_in import bind, crossing, lacking
from stand_in.contract import missing

_BAD = "Only bool, float32, float64, complex64 and complex128 are supported"
_PARTS = {"csr": "data indices indptr", "csc": "data indices indptr", "coo": "data row col"}
_METHODS = (
    "astype copy diagonal eliminate_zeros getnnz max min mean power sort_indices sum sum_duplicates tocoo tocsc "
    "tocsr transpose sqrt"
).split()


def issparse(x):
    return isinstance(x, spmatrix)


def _check(dtype):
    if np.dtype(dtype).char not in "?fdFD":
        raise ValueError(_BAD)


def _wrap(found):
    """Device's twin of what SciPy gives; `numpy.matrix` is not known there."""
    if not host.issparse(found):
        return wrap(np.asarray(found) if isinstance(found, np.matrix) else found)
    if found.format not in _KINDS:
        raise NotImplementedError(f"the stand-in has no {found.format} matrices")
    _check(found.dtype)
    made = object.__new__(_KINDS[found.format])
    made._m = found
    return made


def _plain(value):
    if host.issparse(value):
        raise TypeError(f"Unsupported type {type(value)}")
    return value._m if isinstance(value, spmatrix) else unwrap(value)


def _built(kind, given, shape, dtype, copy):
    """SciPy's matrix of device arrays, of a device matrix, or of a host's one, which is uploaded."""
    if isinstance(given, spmatrix):
        return kind(given._m, shape=shape, dtype=dtype, copy=copy)
    if host.issparse(given):
        crossing(
            "sparse upload", "in", sum(getattr(given, part).nbytes for part in _PARTS[given.format].split())
        )
        return kind(given, shape=shape, dtype=dtype, copy=True)
    if isinstance(given, ndarray):
        return kind(given._a, shape=shape, dtype=dtype)
    if not isinstance(given, tuple):
        raise ValueError("Unsupported initializer format")
    if all(isinstance(each, int | np.integer) for each in given):
        return kind(given, dtype=dtype or "d")
    data, *places = given if len(given) == 3 else (given[0], *given[1])
    if not all(isinstance(each, ndarray) and each.ndim == 1 for each in (data, *places)):
        raise ValueError("data, indices, and indptr must be 1-D cupy arrays")
    _check(dtype or data.dtype)
    data, *places = (each._a for each in (data, *places))
    if shape is not None:
        shape = tuple(map(operator.index, shape))
    return kind(
        (data, *places) if len(given) == 3 else (data, tuple(places)), shape=shape, dtype=dtype, copy=copy
    )


class spmatrix:
    """Holds a SciPy matrix, never is one."""

    __array_priority__ = 101
    __array_ufunc__ = None
    __hash__ = object.__hash__
    format = ""

    def __init__(self, arg1, shape=None, dtype=None, copy=False):
        self._m = _built(getattr(host, type(self).__name__), arg1, shape, dtype, copy)
        _check(self._m.dtype)

    shape = property(lambda self: self._m.shape)
    ndim = property(lambda self: 2)
    dtype = property(lambda self: self._m.dtype)
    nnz = property(lambda self: int(self._m.nnz))
    T = property(lambda self: _wrap(self._m.T))
    has_sorted_indices = property(lambda self: bool(self._m.has_sorted_indices))
    has_canonical_format = property(lambda self: bool(self._m.has_canonical_format))

    def __getattr__(self, name):
        if name in _PARTS[self.format].split():
            return wrap(getattr(self._m, name))
        owner = f"cupyx.scipy.sparse.{self.format}_matrix"
        if name not in _METHODS or not hasattr(self._m, name):
            raise missing(owner, name, f"'{self.format}_matrix' object")

        def call(*args, **kwargs):
            bind(f"{owner}.{name}", (self, *args), kwargs)
            found = getattr(self._m, name)(
                *map(_argument, args), **{key: _argument(kwargs[key]) for key in kwargs}
            )
            return _wrap(found)

        return call

    def __setattr__(self, name, value):
        if name == "_m":
            return object.__setattr__(self, name, value)
        setattr(self._m, name, unwrap(value))

    def get(self, stream=None):
        crossing(
            "sparse get", "out", sum(getattr(self._m, part).nbytes for part in _PARTS[self.format].split())
        )
        return self._m.copy()

    def toarray(self, order=None, out=None):
        return wrap(self._m.toarray(order=order or "C"))

    def __len__(self):
        raise TypeError("sparse array length is ambiguous; use shape[0] or .nnz")

    def __array__(self, *args, **kwargs):
        raise TypeError("Implicit conversion to a host matrix is not allowed; use .get()")

    def __reduce__(self):
        crossing("sparse pickle", "out", self._m.data.nbytes)
        return _wrap, (self._m,)

    def __getitem__(self, key):
        return _wrap(self._m[as_index(key)])

    def _canonical(self):
        """What products and `multiply` do to the matrix itself: duplicates are summed, indices sorted."""
        if self.format in ("csr", "csc") and not self._m.has_canonical_format:
            self._m.sum_duplicates()
        return self._m

    def _product(self, other, swap=False):
        if isinstance(other, np.ndarray) or host.issparse(other):
            raise TypeError(f"Unsupported type {type(other)}")
        if not isinstance(other, ndarray | spmatrix):
            return NotImplemented
        mine, its = self._canonical(), other._canonical() if isinstance(other, spmatrix) else other._a
        found = its @ mine if swap else mine @ its
        dense = isinstance(found, np.ndarray) and found.ndim == 2
        return _wrap(np.asfortranarray(found) if dense else found)

    def __matmul__(self, other):
        return self._product(other)

    def __rmatmul__(self, other):
        return self._product(other, True)

    def __mul__(self, other):
        if isinstance(other, SCALARS) or getattr(other, "ndim", 2) == 0:
            return _wrap((self._m * unwrap(other)).asformat(self.format))
        return self._product(other)

    __rmul__ = __mul__

    def __add__(self, other):
        return _wrap(self._m + _plain(other))

    def __sub__(self, other):
        return _wrap(self._m - _plain(other))

    def __truediv__(self, other):
        return _wrap(self._m / _plain(other))

    def multiply(self, other):
        """Stays sparse and of this format, also by a dense array."""
        return _wrap(host.csr_matrix(self._canonical().multiply(_plain(other))))


def _argument(value):
    return _plain(value) if isinstance(value, ndarray | spmatrix | np.ndarray) else value


_KINDS = {kind: type(f"{kind}_matrix", (spmatrix,), {"format": kind}) for kind in _PARTS}
csr_matrix, csc_matrix, coo_matrix = _KINDS.values()


def _builder(name):
    def call(*args, **kwargs):
        bind(f"cupyx.scipy.sparse.{name}", args, kwargs)
        parts = [
            [_plain(each) for each in args[0]] if isinstance(args[0], list) else _argument(args[0]),
            *args[1:],
        ]
        return _wrap(getattr(host, name)(*parts, **kwargs))

    return call


diags, hstack, vstack = map(_builder, ("diags", "hstack", "vstack"))
__getattr__ = lacking("cupyx.scipy.sparse")
