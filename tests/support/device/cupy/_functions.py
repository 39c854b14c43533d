"""CuPy's functions in use: its signatures, device arrays only, NumPy's results on the device."""

import numpy as np
from stand_in import bind, crossing, names

from cupy._array import check_dtype, ndarray, plain, unsupported, unwrap, upload, wrap

_SCATTERED = "int32 float32 float64 uint32 uint64".split()
"""What atomic operations know."""


class ufunc:
    """An elementwise function: device arrays and scalars in, device arrays out, 0-d for scalars."""

    def __init__(self, function):
        self.__name__, self._f = function.__name__, function

    def __call__(self, *args, out=None, casting=None, dtype=None):
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


def function(owner, name, numpys, takes="array"):
    """One of the real one's signature; its first argument is a device array, a list of them, or a shape."""

    def call(*args, **kwargs):
        bind(f"{owner}.{name}", args, kwargs)
        first, *rest = args
        parts = first if isinstance(first, list | tuple) else [first]
        on_device = [hasattr(each, "__cupy_view__") for each in parts]
        if (takes == "shape" and any(on_device)) or (takes != "shape" and not all(on_device)):
            raise TypeError(f"{owner}.{name} takes no {type(first).__name__}")
        if takes == "array" and parts is first:
            raise TypeError(f"{owner}.{name} takes a device array, not a {type(first).__name__}")
        first = list(map(plain, parts)) if takes == "arrays" else plain(first)
        with np.errstate(all="ignore"):
            return wrap(numpys(first, *map(plain, rest), **{key: plain(kwargs[key]) for key in kwargs}))

    return call


class Functions:
    """Those that are told apart; here, their names do not hide Python's own."""

    def array(obj, dtype=None, copy=True, order="K", subok=False, ndmin=0, *, blocking=False):
        """In from the host, or a copy on the device."""
        interface = getattr(obj, "__cuda_array_interface__", None)
        if isinstance(interface, dict) and interface.get("mask") is not None:
            raise ValueError("CuPy currently does not support masked arrays.")
        if dtype is not None:
            check_dtype(dtype)
        if hasattr(obj, "is_cuda"):  # a tensor; here all are of the host
            crossing("upload", "in", obj.nbytes)
            found = obj.detach().numpy()
        else:
            found = unwrap(obj) if hasattr(obj, "__cupy_view__") else upload(obj, dtype)
        return wrap(np.array(found, dtype=dtype, copy=copy, order=order or "K", ndmin=ndmin))

    def asarray(a, dtype=None, order=None, copy=None, *, blocking=False):
        """The array itself where it is one of the dtype on the device, else a copy there."""
        if isinstance(a, ndarray) and dtype in (None, a.dtype) and order in (None, "K") and not copy:
            return a
        return Functions.array(a, dtype, copy or None, order)

    def ascontiguousarray(a, dtype=None):
        return Functions.asarray(a, dtype, "C")

    def full(shape, fill_value, dtype=None, order="C"):
        value = fill_value._a if isinstance(fill_value, ndarray) else np.asarray(fill_value)
        if value.ndim:
            raise ValueError("non-scalar numpy.ndarray cannot be used for fill")
        found = API["empty"](shape, dtype or value.dtype, order)
        found._a.fill(value)
        return found

    def arange(start, stop=None, step=1, dtype=None):
        """Bounds are scalars; those of the device are waited for."""
        start, stop, step = (
            each.item() if isinstance(each, ndarray) else each for each in (start, stop, step)
        )
        return wrap(
            np.arange(0 if stop is None else start, start if stop is None else stop, step, dtype=dtype)
        )

    def flatnonzero(a):
        return API["nonzero"](a.ravel() if isinstance(a, ndarray) else a)[0]

    def searchsorted(a, v, side="left", sorter=None):
        known = isinstance(a, ndarray) and isinstance(v, ndarray | int | float | complex)
        if not known or sorter is not None:
            raise NotImplementedError("Only python scalars or ndarrays are supported")
        return wrap(np.searchsorted(a._a, unwrap(v), side))

    def lexsort(keys):
        return wrap(np.lexsort(unwrap(keys)) if keys.ndim > 1 else np.array(0))

    def bincount(x, weights=None, minlength=None):
        if x.dtype.kind == "f":
            raise TypeError("x must be int array")
        for _ in range(1 + bool(x.size)):  # whether any is negative, and the greatest
            crossing("bincount waits", "sync")
        weights = None if weights is None or not x.size else unwrap(weights)
        return wrap(np.bincount(unwrap(x).astype("int64"), weights, int(minlength or 0)))

    def unique(
        ar, return_index=False, return_inverse=False, return_counts=False, axis=None, *, equal_nan=True
    ):
        if not hasattr(ar, "shape"):
            raise AttributeError(f"{type(ar).__name__!r} object has no attribute 'shape'")
        crossing("unique waits", "sync")
        given = (return_index, return_inverse, return_counts, axis)
        return wrap(np.unique(unwrap(ar), *given, equal_nan=equal_nan))

    def where(condition, x=None, y=None):
        if not hasattr(condition, "astype"):
            raise AttributeError(f"'{type(condition).__name__}' object has no attribute 'astype'")
        values = (unwrap(each) for each in (x, y) if each is not None)
        return wrap(np.where(unwrap(condition).astype(bool), *values))

    def append(arr, values, axis=None):
        both = [Functions.asarray(arr), Functions.asarray(values)]
        return API["concatenate"]([each.ravel() for each in both] if axis is None else both, axis or 0)

    def sort(a, axis=-1, kind=None):
        found = a.copy()
        found.sort(axis, kind)
        return found

    def einsum(subscripts, *operands, optimize=False, dtype=None):
        return wrap(np.asarray(np.einsum(subscripts, *map(unwrap, operands), optimize=optimize, dtype=dtype)))

    def from_dlpack(array, device=None, copy=None):
        crossing("dlpack", "same")
        return wrap(np.from_dlpack(array))


API = {name: found for name, found in vars(Functions).items() if name[0] != "_"} | {"ndarray": ndarray}
API |= {
    name: getattr(np, name) for name in ("dtype", "finfo", "generic", "iinfo", "inf", "nan", "newaxis", "pi")
}
API |= {kind.__name__: kind for kind in np.sctypeDict.values() if kind.__name__ in names("cupy")}
_ELEMENTWISE = (
    "absolute add arccos arccosh arcsin arcsinh arctan arctanh bitwise_and bitwise_or bitwise_xor ceil "
    "conjugate cos cosh divide equal exp expm1 floor floor_divide fmax fmin greater greater_equal invert "
    "isfinite isinf isnan left_shift less less_equal log log1p log2 logaddexp logical_and logical_not "
    "logical_or maximum minimum multiply negative not_equal positive power remainder right_shift rint sign "
    "sin sinh sqrt square subtract tan tanh"
)
API |= {name: ufunc(getattr(np, name)) for name in _ELEMENTWISE.split()}
API["abs"] = API["absolute"]
_ARRAY = (
    "all any argmax argmin argsort broadcast_to clip cumsum diagonal diff empty_like full_like isin kron "
    "matmul moveaxis partition max mean min nonzero ones_like outer prod repeat reshape sum take tile trace "
    "transpose zeros_like"
)
_TAKES = {"array": _ARRAY, "arrays": "concatenate stack", "shape": "empty zeros ones eye linspace"}
for _kind, _text in _TAKES.items():
    API |= {name: function("cupy", name, getattr(np, name), _kind) for name in _text.split()}
