"""The functions of the stand-in, gathered in ``API``: their names would hide Python's own here."""

import sys

import numpy as np
from stand_in import bind, crossing, entry, names

from cupy._array import ARITHMETIC, COMPARISONS, UNARY, ndarray, unsupported, unwrap, upload, wrap
from cupy._array import check_dtype as _check_dtype

API = {
    name: getattr(np, name) for name in ("inf", "nan", "pi", "newaxis", "dtype", "finfo", "iinfo", "generic")
}
API |= {
    name: found
    for name in names("cupy")
    if isinstance(found := getattr(np, name, None), type) and issubclass(found, np.generic)
}
_ELEMENTWISE = (
    "abs ceil conjugate exp expm1 floor fmax fmin isfinite isinf isnan log log1p log2 logaddexp logical_and "
    "logical_not logical_or maximum minimum rint sign sqrt square"
).split()
_ELEMENTWISE += [*ARITHMETIC.values(), *COMPARISONS.values(), *UNARY.values()]
_SCATTERED = "int32 float32 float64 uint32 uint64".split()
"""What atomic operations know."""


class ufunc:
    """An elementwise function: device arrays and scalars in, device arrays out, 0-d for scalars."""

    def __init__(self, owner, function):
        self.__name__, self._f = function.__name__, function
        self.nin = entry(f"{owner}.{function.__name__}")["ufunc"][0]

    def __call__(self, *args, out=None, casting=None, dtype=None):
        if len(args) != self.nin:
            raise TypeError(f"Wrong number of arguments for {self.__name__!r}: {len(args)}, not {self.nin}")
        if out is not None and not isinstance(out, ndarray):
            unsupported(out)
        kept = {key: each for key, each in (("casting", casting), ("dtype", dtype)) if each is not None}
        with np.errstate(all="ignore"):
            found = self._f(*map(unwrap, args), **kept)
        if out is None:
            return wrap(found)
        np.copyto(out._a, found, casting=casting or "same_kind")
        return out

    def at(self, a, indices, b):
        if self.__name__ not in ("add", "minimum", "maximum"):
            raise NotImplementedError(f"{self.__name__}.at: the stand-in lacks it")
        if a.dtype.name not in _SCATTERED:
            raise TypeError(f"{self.__name__}.at only supports {', '.join(_SCATTERED)}, not {a.dtype}")
        self._f.at(a._a, unwrap(indices), unwrap(b))

    def __getattr__(self, name):
        raise NotImplementedError(f"{self.__name__}.{name}: the stand-in lacks it")


API |= {name: ufunc("cupy", getattr(np, name)) for name in _ELEMENTWISE}


def function(owner, name, numpys, lists=False):
    """The real one's signature, device arrays only, NumPy's result on the device."""
    full = f"{owner}.{name}"

    def argument(value):
        if isinstance(value, np.ndarray):
            unsupported(value)
        return unwrap(value) if isinstance(value, ndarray) or hasattr(value, "__cupy_view__") else value

    def call(*args, **kwargs):
        bind(full, args, kwargs)
        first, rest = args[:1], map(argument, args[1:])
        if lists:
            if not all(isinstance(each, ndarray) for each in first[0]):
                raise TypeError("Only cupy arrays can be concatenated")
            first = ([each._a for each in first[0]],)
        elif first and not isinstance(first[0], ndarray) and not hasattr(first[0], "__cupy_view__"):
            raise TypeError(f"{full} takes a device array, not {type(first[0]).__name__}")
        first = first if lists else map(argument, first)
        with np.errstate(all="ignore"):
            return wrap(numpys(*first, *rest, **{key: argument(each) for key, each in kwargs.items()}))

    call.__name__, call.__module__ = name, owner
    return call


for _name in (
    "all any argmax argmin argsort broadcast_to clip cumprod cumsum diagonal diff empty_like expand_dims flip "
    "full_like isclose matmul mean median moveaxis nan_to_num nonzero ones_like outer prod ravel repeat reshape "
    "round std sum swapaxes take tile trace transpose tril triu var zeros_like max min dot kron"
).split():
    API[_name] = function("cupy", _name, getattr(np, _name))
for _name in ("concatenate", "stack", "hstack", "vstack", "column_stack"):
    API[_name] = function("cupy", _name, getattr(np, _name), lists=True)


def _made(name):
    """Of shapes and numbers of the host."""

    def call(*args, **kwargs):
        bind(f"cupy.{name}", args, kwargs)
        shape = args[0] if args else kwargs.get("shape")
        if any(isinstance(each, ndarray) for each in (shape if isinstance(shape, tuple) else (shape,))):
            raise TypeError("an integer is required, not a device array")
        return wrap(getattr(np, name)(*args, **kwargs))

    return call


API |= {name: _made(name) for name in ("empty", "zeros", "ones", "eye", "identity", "linspace")}


def _api(call):
    API[call.__name__] = call
    return call


@_api
def array(obj, dtype=None, copy=True, order="K", subok=False, ndmin=0, *, blocking=False):
    """In from the host, or a copy on the device."""
    masked = getattr(obj, "__cuda_array_interface__", None)
    if isinstance(masked, dict) and masked.get("mask") is not None:
        raise ValueError("CuPy currently does not support masked arrays.")
    if hasattr(obj, "__cupy_view__"):
        found = obj.__cupy_view__()
    elif hasattr(obj, "is_cuda"):
        found = obj.detach().numpy()
        crossing("upload of a tensor", "in", found.nbytes)
    else:
        found = upload(obj, dtype)
    if dtype is not None:
        _check_dtype(dtype)
    return wrap(np.array(found, dtype=dtype, copy=copy, order=order or "K", ndmin=ndmin))


@_api
def asarray(a, dtype=None, order=None, copy=None, *, blocking=False):
    """The array itself where it is one of the dtype on the device, else a copy there."""
    if isinstance(a, ndarray) and dtype in (None, a.dtype) and order in (None, "K") and not copy:
        return a
    return array(a, dtype, copy or None, order)


@_api
def ascontiguousarray(a, dtype=None):
    return wrap(np.ascontiguousarray(asarray(a)._a, dtype))


@_api
def asfortranarray(a, dtype=None):
    return wrap(np.asfortranarray(asarray(a)._a, dtype))


@_api
def asnumpy(a, stream=None, order="C", out=None, *, blocking=True):
    return a.get() if isinstance(a, ndarray) else np.asarray(a, order=order)


@_api
def get_array_module(*args):
    return sys.modules["cupy"] if any(isinstance(each, ndarray) for each in args) else np


@_api
def full(shape, fill_value, dtype=None, order="C"):
    if np.ndim(0 if isinstance(fill_value, ndarray) else fill_value):
        raise ValueError("non-scalar numpy.ndarray cannot be used for fill")
    value = fill_value._a if isinstance(fill_value, ndarray) else np.asarray(fill_value)
    found = _made("empty")(shape, dtype or value.dtype, order)
    found._a.fill(value)
    return found


@_api
def arange(start, stop=None, step=1, dtype=None):
    """Bounds are scalars; those of the device are waited for."""
    start, stop, step = (each.item() if isinstance(each, ndarray) else each for each in (start, stop, step))
    return wrap(np.arange(0 if stop is None else start, start if stop is None else stop, step, dtype=dtype))


@_api
def flatnonzero(a):
    if not isinstance(a, ndarray):
        raise TypeError(f"'a' must be a cupy.ndarray object, not {type(a)}.")
    return a.ravel().nonzero()[0]


@_api
def searchsorted(a, v, side="left", sorter=None):
    if not isinstance(a, ndarray) or not isinstance(v, ndarray | int | float | complex):
        raise NotImplementedError("Only python scalars or ndarrays are supported")
    return wrap(np.searchsorted(a._a, unwrap(v), side, sorter and unwrap(sorter)))


@_api
def lexsort(keys):
    if not isinstance(keys, ndarray):
        raise AttributeError(f"'{type(keys).__name__}' object has no attribute 'ndim'")
    return wrap(np.lexsort(keys._a) if keys.ndim > 1 else np.array(0))


@_api
def bincount(x, weights=None, minlength=None):
    if not isinstance(x, ndarray):
        raise AttributeError(f"'{type(x).__name__}' object has no attribute 'ndim' of a device array")
    if x.dtype.kind == "f":
        raise TypeError("x must be int array")
    crossing("bincount waits", "sync")
    whole = x._a.astype("int64")
    if whole.size and whole.min() < 0:
        raise ValueError("The first argument of bincount must be non-negative")
    if not whole.size:
        return wrap(np.zeros(int(minlength or 0), "int64"))
    return wrap(np.bincount(whole, None if weights is None else unwrap(weights), int(minlength or 0)))


@_api
def unique(ar, return_index=False, return_inverse=False, return_counts=False, axis=None, *, equal_nan=True):
    if not isinstance(ar, ndarray):
        raise AttributeError(f"'{type(ar).__name__}' object has no attribute 'shape' of a device array")
    crossing("unique waits", "sync")
    return wrap(np.unique(ar._a, return_index, return_inverse, return_counts, axis, equal_nan=equal_nan))


@_api
def where(condition, x=None, y=None):
    if (x is None) != (y is None):
        raise ValueError("Must provide both 'x' and 'y' or neither.")
    if not isinstance(condition, ndarray) and not hasattr(condition, "__cupy_view__"):
        raise AttributeError(f"'{type(condition).__name__}' object has no attribute 'astype'")
    chosen = unwrap(condition).astype(bool)
    return wrap(np.where(chosen, unwrap(x), unwrap(y)) if x is not None else np.nonzero(chosen))


@_api
def append(arr, values, axis=None):
    both = [asarray(arr), asarray(values)]
    return API["concatenate"]([each.ravel() for each in both] if axis is None else both, axis or 0)


@_api
def isin(element, test_elements, assume_unique=False, invert=False):
    return wrap(np.isin(unwrap(element), unwrap(test_elements), invert=invert))


@_api
def sort(a, axis=-1, kind=None):
    found = a.copy()
    found.sort(axis, kind)
    return found


@_api
def einsum(subscripts, *operands, optimize=False, dtype=None):
    return wrap(np.asarray(np.einsum(subscripts, *map(unwrap, operands), optimize=optimize, dtype=dtype)))


@_api
def from_dlpack(array, device=None, copy=None):
    crossing("from_dlpack", "same")
    return wrap(np.from_dlpack(array))
