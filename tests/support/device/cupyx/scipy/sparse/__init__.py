"""``cupyx.scipy.sparse``: bools and floats only, device arrays only, products in Fortran order."""

import numpy as _np
import scipy.sparse as _scipy

from cupy._array import SCALARS, ndarray, unsupported, wrap
from stand_in import bind, crossing, exists, names

_DATA = "?fdFD"
_BAD = "Only bool, float32, float64, complex64 and complex128 are supported"


def _checked(matrix):
    if matrix.dtype.char not in _DATA:
        raise ValueError(_BAD)
    return matrix


def issparse(x):
    return isinstance(x, spmatrix)


isspmatrix = issparse


def _wrap(found):
    if _scipy.issparse(found):
        kind = _KINDS.get(found.format)
        if kind is None:
            raise NotImplementedError(f"{found.format} matrices are not in cupyx.scipy.sparse")
        made = object.__new__(kind)
        made._m = _checked(found)
        return made
    if isinstance(found, _np.matrix):
        return wrap(_np.asarray(found))
    return wrap(found)


def _plain(value):
    if isinstance(value, spmatrix):
        return value._m
    if isinstance(value, ndarray):
        return value._a
    if isinstance(value, _np.ndarray):
        unsupported(value)
    if _scipy.issparse(value):
        raise TypeError(f"Unsupported type {type(value)}")
    return value


def _index(key):
    if isinstance(key, tuple):
        return tuple(_index(each) for each in key)
    if isinstance(key, ndarray):
        return key._a if key._a.ndim else int(key)
    if isinstance(key, (_np.ndarray, list)):
        crossing("index upload", "in", _np.asarray(key).nbytes)
        return _np.asarray(key)
    if isinstance(key, slice) and any(isinstance(part, ndarray) for part in (key.start, key.stop, key.step)):
        raise TypeError("slice indices must be integers or None or have an __index__ method")
    return key


class spmatrix:
    """Holds a SciPy matrix, never is one."""

    __array_priority__ = 101
    _m = None

    def __init__(self, arg1, shape=None, dtype=None, copy=False, *, maxprint=None):
        kind = getattr(_scipy, type(self).__name__)
        if isinstance(arg1, spmatrix):
            self._m = _checked(kind(arg1._m, shape=shape, dtype=dtype, copy=copy))
            return
        if _scipy.issparse(arg1):
            crossing("sparse upload", "in", arg1.data.nbytes)
            self._m = _checked(kind(arg1, shape=shape, dtype=dtype, copy=True))
            return
        if isinstance(arg1, tuple) and arg1 and not all(isinstance(each, (int, _np.integer)) for each in arg1):
            data, *places = arg1
            places = places[0] if len(arg1) == 2 else places
            for each in (data, *places):
                if not isinstance(each, ndarray) or each.ndim != 1:
                    raise ValueError("data, indices, and indptr must be 1-D cupy arrays")
            if (dtype is None and data.dtype.char not in _DATA) or (dtype is not None and _np.dtype(dtype).char not in _DATA):
                raise ValueError(_BAD)
            given = (data._a, tuple(each._a for each in places)) if len(arg1) == 2 else tuple(each._a for each in arg1)
            self._m = kind(given, shape=None if shape is None else tuple(int(each) for each in shape), dtype=dtype, copy=copy)
            return
        if isinstance(arg1, ndarray):
            self._m = _checked(kind(arg1._a, shape=shape, dtype=dtype))
            return
        if isinstance(arg1, tuple):
            self._m = _checked(kind(arg1, dtype=dtype or "d"))
            return
        raise ValueError("Unsupported initializer format")

    shape = property(lambda self: self._m.shape)
    ndim = property(lambda self: 2)
    dtype = property(lambda self: self._m.dtype)
    format = property(lambda self: self._m.format)
    size = property(lambda self: self._m.nnz)
    T = property(lambda self: _wrap(self._m.T))
    has_sorted_indices = property(lambda self: self._m.has_sorted_indices)
    has_canonical_format = property(lambda self: self._m.has_canonical_format)

    @property
    def nnz(self):
        return int(self._m.nnz)

    def get(self, stream=None):
        crossing("sparse get", "out", self._m.data.nbytes)
        return self._m.copy()

    def __len__(self):
        raise TypeError("sparse matrix length is ambiguous; use getnnz() or shape[0]")

    def __bool__(self):
        if self.shape == (1, 1):
            return self.nnz != 0
        raise ValueError("The truth value of an array with more than one element is ambiguous.")

    def __iter__(self):
        return (self[row] for row in range(self.shape[0]))

    def __array__(self, *args, **kwargs):
        raise TypeError("Implicit conversion to a host matrix is not allowed; use .get()")

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        return NotImplemented

    def __getitem__(self, key):
        if not hasattr(self._m, "__getitem__"):
            raise TypeError(f"{type(self).__name__!r} object is not subscriptable")
        return _wrap(self._m[_index(key)])

    def __setitem__(self, key, value):
        self._m[_index(key)] = _plain(value)

    def _canonical(self):
        if self.format in ("csr", "csc") and not self._m.has_canonical_format:
            self._m = self._m.copy()
            self._m.sum_duplicates()

    def _product(self, other, swap=False):
        if isinstance(other, (ndarray, spmatrix, *SCALARS)):
            self._canonical()
            mine, its = self._m, _plain(other)
            if getattr(its, "ndim", 0) and (mine.dtype == bool and its.dtype == bool):
                raise TypeError("cuSPARSE has no arithmetic of bools")
            found = its @ mine if swap else mine @ its
            if isinstance(found, _np.ndarray) and found.ndim == 2:
                found = _np.asfortranarray(found)
            return _wrap(found)
        if isinstance(other, _np.ndarray):
            raise TypeError(f"Unsupported type {type(other)}")
        return NotImplemented

    def __matmul__(self, other):
        return self._product(other)

    def __rmatmul__(self, other):
        return self._product(other, True)

    def __mul__(self, other):
        if isinstance(other, SCALARS) or (isinstance(other, ndarray) and other.ndim == 0):
            return _wrap((self._m * _plain(other)).asformat(self.format))
        return self._product(other)

    def __rmul__(self, other):
        if isinstance(other, SCALARS) or (isinstance(other, ndarray) and other.ndim == 0):
            return _wrap((self._m * _plain(other)).asformat(self.format))
        return self._product(other, True)

    def __truediv__(self, other):
        found = self._m / _plain(other)
        return _wrap(found)

    def __add__(self, other):
        return _wrap(self._m + _plain(other))

    def __sub__(self, other):
        return _wrap(self._m - _plain(other))

    def __neg__(self):
        return _wrap(-self._m)

    def __abs__(self):
        return _wrap(abs(self._m))

    def multiply(self, other):
        """Stays sparse and of this format, also by a dense array."""
        return _wrap(_scipy.csr_matrix(self._m.multiply(_plain(other))) if not isinstance(other, SCALARS) else self._m.multiply(other))

    def __eq__(self, other):
        return _wrap(self._m == _plain(other))

    def __ne__(self, other):
        return _wrap(self._m != _plain(other))

    def __gt__(self, other):
        return _wrap(self._m > _plain(other))

    def __lt__(self, other):
        return _wrap(self._m < _plain(other))

    __hash__ = object.__hash__

    def toarray(self, order=None, out=None):
        if out is not None:
            raise NotImplementedError("out is not supported")
        return wrap(self._m.toarray(order=order or "C"))

    def todense(self, order=None, out=None):
        return self.toarray(order, out)

    def __reduce__(self):
        crossing("sparse pickle", "out", self._m.data.nbytes)
        return _wrap, (self._m,)


def _member(name):
    def get(self):
        return wrap(getattr(self._m, name))

    def put(self, value):
        setattr(self._m, name, _plain(value))

    return property(get, put)


def _method(kind, name):
    def call(self, *args, **kwargs):
        bind(f"cupyx.scipy.sparse.{kind}.{name}", (self, *args), kwargs)
        found = getattr(self._m, name)(*map(_plain, args), **{key: _plain(each) for key, each in kwargs.items()})
        return _wrap(found)

    call.__name__ = name
    return call


_KINDS = {}
for _kind, _members in {
    "csr_matrix": ("data", "indices", "indptr"),
    "csc_matrix": ("data", "indices", "indptr"),
    "coo_matrix": ("data", "row", "col"),
    "dia_matrix": ("data", "offsets"),
}.items():
    _made = type(_kind, (spmatrix,), {"__module__": "cupyx.scipy.sparse"})
    for _name in _members:
        setattr(_made, _name, _member(_name))
    for _name in names(f"cupyx.scipy.sparse.{_kind}"):
        if _name[0] != "_" and not hasattr(_made, _name) and callable(getattr(getattr(_scipy, _kind), _name, None)):
            setattr(_made, _name, _method(_kind, _name))
    globals()[_kind] = _KINDS[_kind[:3]] = _made


def _builder(name):
    def call(*args, **kwargs):
        bind(f"cupyx.scipy.sparse.{name}", args, kwargs)

        def deep(value):
            return type(value)(map(deep, value)) if isinstance(value, (list, tuple)) else _plain(value)

        return _wrap(getattr(_scipy, name)(*map(deep, args), **{key: deep(each) for key, each in kwargs.items()}))

    call.__name__ = name
    return call


for _name in ("diags", "eye", "identity", "hstack", "vstack", "bmat", "block_diag", "kron", "spdiags", "tril", "triu", "find"):
    if exists(f"cupyx.scipy.sparse.{_name}"):
        globals()[_name] = _builder(_name)


def __getattr__(name):
    if exists(f"cupyx.scipy.sparse.{name}"):
        raise NotImplementedError(f"cupyx.scipy.sparse.{name} is in the real CuPy; the stand-in lacks it")
    raise AttributeError(f"module 'cupyx.scipy.sparse' has no attribute '{name}'")
