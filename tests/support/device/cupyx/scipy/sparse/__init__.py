"""``cupyx.scipy.sparse``: bools and floats only, device arrays only, products in Fortran order."""

import operator

import numpy as np
import scipy.sparse as host
from cupy._array import SCALARS, as_index, ndarray, plain, unwrap, wrap
from stand_in import bind, crossing, lacking
from stand_in.contract import missing

_PARTS = {"csr": "data indices indptr", "csc": "data indices indptr", "coo": "data row col"}
_METHODS = (
    "astype copy diagonal eliminate_zeros getnnz max min mean power sort_indices sum sum_duplicates tocoo "
    "tocsc tocsr toarray transpose"
).split()
_FACTS = ("dtype", "shape", "ndim", "nnz", "has_sorted_indices", "has_canonical_format")
_KEEP_ORDER = ("T", "astype", "copy", "transpose")
"""What hands on that a matrix is known to be canonical."""


def _check(dtype):
    if np.dtype(dtype).char not in "?fdFD":
        raise ValueError("Only bool, float32, float64, complex64 and complex128 are supported")


def _waited(times, what):
    for _ in range(times):
        crossing(what, "sync", 8)


def _wrap(found, known=False):
    """Device's twin of what SciPy gives; `numpy.matrix` is not known there."""
    if not host.issparse(found):
        return wrap(np.asarray(found) if isinstance(found, np.matrix) else found)
    _check(found.dtype)
    made = object.__new__(_KINDS[found.format])
    made._m, made._known = found, known and found.format != "coo"
    return made


def _plain(value):
    return value._m if isinstance(value, spmatrix) else unwrap(value)


def _size(matrix):
    return sum(getattr(matrix, part).nbytes for part in _PARTS[matrix.format].split())


def _built(kind, given, shape, dtype):
    """SciPy's matrix of device arrays, of a device matrix, or of a host's one, which is uploaded."""
    if host.issparse(given):
        crossing("sparse upload", "in", _size(given))
        return kind(given, shape=shape, dtype=dtype, copy=True)
    if isinstance(given, spmatrix | ndarray):
        return kind(_plain(given), shape=shape, dtype=dtype)
    if not isinstance(given, tuple):
        raise ValueError("Unsupported initializer format")
    if all(isinstance(each, int | np.integer) for each in given):
        return kind(given, dtype=dtype or "d")
    data, *places = given if len(given) == 3 else (given[0], *given[1])
    if not all(isinstance(each, ndarray) and each.ndim == 1 for each in (data, *places)):
        raise ValueError("data, indices, and indptr must be 1-D cupy arrays")
    _check(dtype or data.dtype)
    places = tuple(each._a for each in places)
    wide = sum(2 for each in places if each.dtype == np.int64 and each.size)
    _waited((1 if len(given) == 3 or data.size else 0) + wide, "bounds of a new matrix")
    shape = shape and tuple(map(operator.index, shape))
    return kind((data._a, *places) if len(given) == 3 else (data._a, places), shape=shape, dtype=dtype)


class spmatrix:
    """Holds a SciPy matrix, never is one."""

    __array_priority__ = 101
    __array_ufunc__ = None
    format, _known = "", False
    T = property(lambda self: _wrap(self._m.T, self._known))

    def __init__(self, arg1, shape=None, dtype=None, copy=False):
        self._m = _built(getattr(host, type(self).__name__), arg1, shape, dtype)
        _check(self._m.dtype)
        by_places = isinstance(arg1, tuple) and len(arg1) == 2 and isinstance(arg1[0], ndarray)
        if by_places and self.format != "coo":
            self._known = not _waited(1 + (self._m.nnz < len(arg1[0])), "pairs of a matrix")
        if copy:
            self._m = self._m.copy()

    def __getattr__(self, name):
        if name == "has_canonical_format" and self.format != "coo":
            self._known = self._is_canonical()
        if name in _FACTS or name in _PARTS[self.format].split():
            return wrap(getattr(self._m, name))
        owner = f"cupyx.scipy.sparse.{self.format}_matrix"
        if name not in _METHODS:
            raise missing(owner, name, f"'{self.format}_matrix' object")

        def call(*args, **kwargs):
            bind(f"{owner}.{name}", (self, *args), kwargs)
            if name in ("sum", "sum_duplicates"):
                self._canonical()
            found = getattr(self._m, name)(*map(plain, args), **{key: plain(kwargs[key]) for key in kwargs})
            if self.format == "coo" and name in ("tocsr", "tocsc"):
                _waited(1 + (found.nnz < self._m.nnz), "pairs of a matrix")
                return _wrap(found, True)
            return _wrap(found, self._known and name in _KEEP_ORDER)

        return call

    def __setattr__(self, name, value):
        own = name in ("_m", "_known")
        object.__setattr__(self, name, value) if own else setattr(self._m, name, unwrap(value))

    def get(self, stream=None):
        crossing("sparse get", "out", _size(self._m))
        return self._m.copy()

    def __add__(self, other):
        return _wrap(self._m + _plain(other))

    def __len__(self):
        raise TypeError("sparse array length is ambiguous; use shape[0] or .nnz")

    def __reduce__(self):
        crossing("sparse pickle", "out", _size(self._m))
        return _wrap, (self._m,)

    def __getitem__(self, key):
        rows = as_index(key)
        if isinstance(rows, slice) and rows.indices(self.shape[0]) != (0, self.shape[0], 1):
            _waited(2, "rows of a matrix")
        elif isinstance(rows, np.ndarray):
            _waited(1, "rows of a matrix")
        return _wrap(self._m[rows], self._known and not isinstance(rows, tuple))

    def _is_canonical(self):
        """Whether it is, which is found out once."""
        if not self._known and self._m.nnz:
            _waited(1, "whether a matrix is canonical")
        return self._known or bool(self._m.has_canonical_format)

    def _canonical(self):
        """What products, sums and `multiply` do to the matrix: duplicates are summed, indices sorted."""
        if self.format != "coo" and not self._is_canonical():
            before, self._m = self._m.nnz, self._m.copy()
            self._m.sum_duplicates()
            _waited(1 + (self._m.nnz < before), "pairs of a matrix")
        self._known = self.format != "coo"
        return self._m

    def _product(self, other, swap=False):
        mine, its = self._canonical(), other._canonical() if isinstance(other, spmatrix) else _plain(other)
        found = its @ mine if swap else mine @ its
        dense = isinstance(found, np.ndarray) and found.ndim == 2
        return _wrap(np.asfortranarray(found) if dense else found, True)

    def __matmul__(self, other):
        return self._product(other)

    def __rmatmul__(self, other):
        return self._product(other, True)

    def __mul__(self, other):
        if isinstance(other, SCALARS) or getattr(other, "ndim", 2) == 0:
            return _wrap((self._m * unwrap(other)).asformat(self.format))
        return self._product(other)

    __rmul__ = __mul__

    def multiply(self, other):
        """Stays sparse and of this format, also by a dense array."""
        return _wrap(host.csr_matrix(self._canonical().multiply(_plain(other))))


_KINDS = {kind: type(f"{kind}_matrix", (spmatrix,), {"format": kind}) for kind in _PARTS}
csr_matrix, csc_matrix, coo_matrix = _KINDS.values()


def _builder(name):
    def call(parts, *args, **kwargs):
        bind(f"cupyx.scipy.sparse.{name}", (parts, *args), kwargs)
        parts = [_plain(each) for each in parts] if isinstance(parts, list) else plain(parts)
        return _wrap(getattr(host, name)(parts, *args, **kwargs))

    return call


diags, hstack, vstack = map(_builder, ("diags", "hstack", "vstack"))
__getattr__ = lacking("cupyx.scipy.sparse")
