"""The functions of the stand-in, gathered in ``API``: their names would hide Python's own here."""

import functools
import sys

import numpy as _np

from cupy._array import SCALARS, check_dtype, host, ndarray, nested, unsupported, unwrap, wrap
from stand_in import bind, crossing, exists, names
from stand_in.contract import entry

API = {}

# NumPy's own names, which CuPy hands on
for _name in names("cupy"):
    _found = getattr(_np, _name, None)
    if isinstance(_found, type) and issubclass(_found, _np.generic):
        API[_name] = _found
inf, nan, pi, e, newaxis, euler_gamma = _np.inf, _np.nan, _np.pi, _np.e, None, _np.euler_gamma
dtype, finfo, iinfo, errstate = _np.dtype, _np.finfo, _np.iinfo, None
result_type = lambda *each: _np.result_type(*(x._a if isinstance(x, ndarray) else x for x in each))  # noqa: E731
can_cast, promote_types, issubdtype, isscalar = _np.can_cast, _np.promote_types, _np.issubdtype, _np.isscalar
common_type = lambda *each: _np.common_type(*(x._a for x in each))  # noqa: E731
ndim = lambda a: a.ndim if hasattr(a, "ndim") else _np.ndim(a)  # noqa: E731
shape = lambda a: a.shape if hasattr(a, "shape") else _np.shape(a)  # noqa: E731

_SCATTER = {"add", "subtract", "maximum", "minimum", "bitwise_and", "bitwise_or", "bitwise_xor"}


class ufunc:
    """An elementwise function: device arrays and scalars in, device arrays out, 0-d for scalars."""

    def __init__(self, name, function):
        self.__name__, self.name, self._f = name, f"cupy_{name}", function
        self.nin, self.nout = entry(f"cupy.{name}")["ufunc"] if exists(f"cupy.{name}") else (function.nin, function.nout)
        self._codes = {each.split("->")[0] for each in entry(f"cupy.{name}").get("types", [])} if exists(f"cupy.{name}") else set()

    def __call__(self, *args, out=None, where=True, casting="same_kind", dtype=None, **others):
        if others:
            raise TypeError(f"Wrong arguments {others}")
        if not self.nin <= len(args) <= self.nin + self.nout:
            raise TypeError(f"Wrong number of arguments for {self.name!r}. got {len(args)}, expected {self.nin}")
        if len(args) > self.nin:
            args, out = args[: self.nin], args[self.nin]
        if isinstance(out, tuple):
            (out,) = out
        if out is not None and not isinstance(out, ndarray):
            unsupported(out)
        given = [unwrap(each) for each in args]
        kept = {} if dtype is None else {"dtype": dtype}
        if where is not True:
            kept["where"] = unwrap(where)
        with _np.errstate(all="ignore"):
            found = self._f(*given, out=None if out is None else out._a, casting=casting, **kept)
        if self._codes and isinstance(found, (_np.ndarray, _np.generic)) and found.dtype.kind not in "biufc":
            raise TypeError(f"unsupported dtype for {self.name}")
        return out if out is not None else wrap(found)

    def at(self, a, indices, b=None):
        if self.__name__ not in _SCATTER:
            raise NotImplementedError(f"`{self.name}.at` is not supported yet")
        from cupy._array import as_index

        if a.dtype.kind == "f" and a.dtype.itemsize == 2 and self.__name__ in ("maximum", "minimum"):
            raise TypeError("scatter_max/min only supports int32, int64, float32, float64, uint32, uint64")
        if self.__name__ in ("maximum", "minimum") and a.dtype.name not in ("int32", "int64", "float32", "float64", "uint32", "uint64"):
            raise TypeError(f"scatter_max/min only supports int32, int64, float32, float64, uint32, uint64, not {a.dtype}")
        if self.__name__ == "add" and a.dtype.name not in ("int32", "float16", "float32", "float64", "complex64", "complex128", "uint32", "uint64", "int64", "bool"):
            raise TypeError(f"cupyx.scatter_add only supports int32, float16, float32, float64, complex64, complex128, uint32, uint64, not {a.dtype}")
        self._f.at(a._a, as_index(indices), unwrap(b))

    def reduce(self, array, axis=0, dtype=None, out=None, keepdims=False):
        if self.__name__ not in ("add", "multiply"):
            raise NotImplementedError(f"`{self.name}.reduce` is not supported yet")
        return (array.sum if self.__name__ == "add" else array.prod)(axis=axis, dtype=dtype, out=out, keepdims=keepdims)

    def accumulate(self, array, axis=0, dtype=None, out=None):
        if self.__name__ not in ("add", "multiply"):
            raise NotImplementedError(f"`{self.name}.accumulate` is not supported yet")
        return (array.cumsum if self.__name__ == "add" else array.cumprod)(axis=axis, dtype=dtype, out=out)

    def reduceat(self, array, indices, axis=0, dtype=None, out=None):
        if self.__name__ != "add":
            raise NotImplementedError(f"`{self.name}.reduceat` is not supported yet")
        return wrap(_np.add.reduceat(array._a, indices._a, axis=axis, dtype=dtype))

    def outer(self, A, B, **kwargs):
        A, B = asarray(A), asarray(B)
        return self(A.reshape(A.shape + (1,) * B.ndim), B.reshape((1,) * A.ndim + B.shape), **kwargs)

    def __repr__(self):
        return f"<ufunc {self.name!r}>"


for _name in names("cupy"):
    if "ufunc" in entry(f"cupy.{_name}"):
        _found = getattr(_np, _name, None)
        if isinstance(_found, _np.ufunc):
            API[_name] = ufunc(_name, _found)


# making arrays
def array(obj, dtype=None, copy=True, order="K", subok=False, ndmin=0, *, blocking=False):
    """In from the host, or a copy on the device."""
    like = getattr(obj, "__cupy_view__", None)
    if like is not None:
        found = like()
        if dtype is not None:
            check_dtype(dtype)
        found = _np.array(found, dtype=dtype, copy=copy, order=order or "K", ndmin=ndmin)
        return wrap(found)
    if isinstance(obj, (list, tuple)):
        found = nested(obj)
        inside = any(isinstance(each, ndarray) for each in _flat(obj))
        found = _np.array(found, dtype=dtype, order=order or "K", ndmin=ndmin)
        check_dtype(found.dtype)
        if not inside and found.ndim:
            crossing("upload", "in", found.nbytes)
        return wrap(found)
    if isinstance(obj, _np.ndarray) or isinstance(obj, (*SCALARS, range)):
        found = host(_np.array(obj, dtype=dtype, order=order or "K", ndmin=ndmin))
        return wrap(found)
    if hasattr(obj, "__cuda_array_interface__"):
        unsupported(obj)
    if hasattr(obj, "is_cuda"):
        if obj.requires_grad:
            raise RuntimeError("Can't get __cuda_array_interface__ on Variable that requires grad.")
        crossing("upload of a torch tensor of the host", "in", obj.numel() * obj.element_size())
        return wrap(_np.array(obj.numpy(), dtype=dtype, order=order or "K", ndmin=ndmin))
    found = _np.array(obj, dtype=dtype, order=order or "K", ndmin=ndmin)  # what NumPy makes of it, uploaded
    return wrap(host(found))


def _flat(obj):
    for each in obj:
        if isinstance(each, (list, tuple)):
            yield from _flat(each)
        else:
            yield each


def asarray(a, dtype=None, order=None, copy=None, *, blocking=False):
    """The array itself where it is one of the dtype on the device, else a copy there."""
    if isinstance(a, ndarray) and (dtype is None or a.dtype == _np.dtype(dtype)) and order in (None, "K") and not copy:
        return a
    like = getattr(a, "__cupy_view__", None)
    if like is not None and not copy:
        return wrap(_np.asarray(like(), dtype=dtype, order=order))
    return array(a, dtype, True, order)


def asanyarray(a, dtype=None, order=None, copy=None, *, blocking=False):
    return asarray(a, dtype, order, copy)


def ascontiguousarray(a, dtype=None):
    return asarray(a, dtype) if not isinstance(a, ndarray) else wrap(_np.ascontiguousarray(a._a, dtype))


def asfortranarray(a, dtype=None):
    return wrap(_np.asfortranarray(asarray(a)._a, dtype))


def asnumpy(a, stream=None, order="C", out=None, *, blocking=True):
    return a.get() if isinstance(a, ndarray) else _np.asarray(a, order=order)


def get_array_module(*args):
    return sys.modules["cupy"] if any(isinstance(each, ndarray) for each in args) else _np


def _shaped(name):
    def call(*args, **kwargs):
        bind(f"cupy.{name}", args, kwargs)
        if any(isinstance(each, ndarray) for each in _flat([args[0] if args else kwargs.get("shape", ())])):
            raise TypeError("an integer is required: a shape of device arrays")
        args = tuple(each._a if isinstance(each, ndarray) else each for each in args)
        kwargs = {key: each._a if isinstance(each, ndarray) else each for key, each in kwargs.items()}
        found = getattr(_np, name)(*args, **kwargs)
        return wrap(found)

    call.__name__ = name
    return call


for _name in ("empty", "zeros", "ones", "eye", "identity", "tri"):
    API[_name] = _shaped(_name)


def full(shape, fill_value, dtype=None, order="C"):
    if isinstance(fill_value, (_np.ndarray, list)) and _np.ndim(fill_value):
        raise ValueError("non-scalar numpy.ndarray cannot be used for fill")
    if isinstance(fill_value, ndarray) and fill_value.ndim:
        raise ValueError("non-scalar cupy.ndarray cannot be used for fill")
    value = fill_value._a[()] if isinstance(fill_value, ndarray) else fill_value
    if any(isinstance(each, ndarray) for each in (shape if isinstance(shape, tuple) else (shape,))):
        raise TypeError("an integer is required: a shape of device arrays")
    return wrap(_np.full(shape, value, dtype, order))


def arange(start, stop=None, step=1, dtype=None):
    """Bounds are scalars; those of the device are waited for."""
    given = [float(each) if isinstance(each, ndarray) and each.dtype.kind == "f" else int(each) if isinstance(each, ndarray) else each for each in (start, stop, step)]
    return wrap(_np.arange(*( [given[0]] if given[1] is None else given), dtype=dtype) if given[1] is not None else _np.arange(0, given[0], given[2], dtype=dtype))


def repeat(a, repeats, axis=None):
    if isinstance(repeats, _np.ndarray):
        raise TypeError("'repeats' does not accept numpy.ndarray; convert with cupy.array() first")
    if not isinstance(a, ndarray):
        raise TypeError(f"Argument 'a' has incorrect type (expected cupy.ndarray, got {type(a).__name__})")
    return wrap(_np.repeat(a._a, repeats._a if isinstance(repeats, ndarray) else repeats, axis))


def searchsorted(a, v, side="left", sorter=None):
    if not isinstance(a, ndarray):
        raise NotImplementedError("Only int or ndarray are supported for a")
    if not isinstance(v, ndarray) and not isinstance(v, (int, float, complex)):
        raise NotImplementedError("Only python scalars or ndarrays are supported for v")
    return wrap(_np.asarray(_np.searchsorted(a._a, v._a if isinstance(v, ndarray) else v, side, None if sorter is None else sorter._a)).astype("int64"))


def lexsort(keys):
    if not isinstance(keys, ndarray):
        raise AttributeError(f"'{type(keys).__name__}' object has no attribute 'ndim'")
    if keys.ndim == 1:
        return wrap(_np.array(0, dtype=_np.intp))
    if keys.ndim > 2:
        raise NotImplementedError("Keys with the rank of three or more is not supported in lexsort")
    return wrap(_np.lexsort(keys._a))


def bincount(x, weights=None, minlength=None):
    if not isinstance(x, ndarray):
        raise AttributeError(f"'{type(x).__name__}' object has no attribute 'ndim' of a device array")
    if x.ndim != 1:
        raise ValueError("object too deep for desired array" if x.ndim > 1 else "object of too small depth")
    if x.dtype.kind == "f":
        raise TypeError("x must be int array")
    crossing("bincount waits", "sync")
    if x.size and int(x._a.min()) < 0:
        raise ValueError("The first argument of bincount must be non-negative")
    if weights is not None and x.shape != weights.shape:
        raise ValueError("The weights and list don't have the same length.")
    minlength = 0 if minlength is None else int(minlength)
    if not x.size:
        return wrap(_np.zeros(minlength, _np.intp))
    return wrap(_np.bincount(x._a.astype("int64"), None if weights is None else unwrap(weights).astype("float64"), minlength))


def unique(ar, return_index=False, return_inverse=False, return_counts=False, axis=None, *, equal_nan=True):
    if not isinstance(ar, ndarray):
        raise AttributeError(f"'{type(ar).__name__}' object has no attribute 'shape' of a device array")
    crossing("unique waits", "sync")
    return wrap(_np.unique(ar._a, return_index, return_inverse, return_counts, axis, equal_nan=equal_nan))


def where(condition, x=None, y=None):
    if (x is None) != (y is None):
        raise ValueError("Must provide both 'x' and 'y' or neither.")
    if not isinstance(condition, ndarray):
        raise AttributeError(f"'{type(condition).__name__}' object has no attribute 'astype' of a device array")
    if x is None:
        return condition.nonzero()
    return wrap(_np.where(condition._a.astype(bool), unwrap(x), unwrap(y)))


def kron(a, b):
    return wrap(_np.kron(unwrap(a), unwrap(b)))


def clip(a, a_min, a_max, out=None):
    return a.clip(a_min, a_max, out)


def append(arr, values, axis=None):
    join = API["concatenate"]
    return join([asarray(arr).ravel(), asarray(values).ravel()]) if axis is None else join([asarray(arr), asarray(values)], axis)


def isin(element, test_elements, assume_unique=False, invert=False):
    if not isinstance(test_elements, ndarray):
        unsupported(test_elements)
    return wrap(_np.isin(element._a, test_elements._a, invert=invert))


def argsort(a, axis=-1, kind=None):
    return a.argsort(axis, kind)


def sort(a, axis=-1, kind=None):
    found = a.copy() if axis is not None else a.flatten()
    found.sort(-1 if axis is None else axis, kind)
    return found


def outer(a, b, out=None):
    return wrap(_np.outer(unwrap(a), unwrap(b)))


def einsum(*operands, **kwargs):
    subscripts, *arrays = operands
    if set(kwargs) - {"dtype", "optimize"}:
        raise TypeError(f"Did not understand the following kwargs: {set(kwargs)}")
    return wrap(_np.asarray(_np.einsum(subscripts, *(unwrap(each) for each in arrays))))


def from_dlpack(array, device=None, copy=None):
    crossing("from_dlpack", "same")
    return wrap(_np.from_dlpack(array))


def shares_memory(a, b, max_work=None):
    return _np.shares_memory(a._a, b._a)


may_share_memory = shares_memory


def save(file, arr, allow_pickle=True, **kwargs):
    crossing("save", "out", arr.nbytes)
    _np.save(file, arr._a)


# all other functions: the real one's signature, device arrays only, NumPy's result on the device
_LISTS = {  # functions of which an argument is a list of arrays, a shape or a place
    "concatenate", "stack", "hstack", "vstack", "dstack", "column_stack", "broadcast_arrays", "meshgrid", "ix_",
    "block", "select", "split", "array_split", "broadcast_to", "reshape", "full_like", "transpose", "tile", "roll",
    "unravel_index", "ravel_multi_index", "expand_dims", "squeeze", "moveaxis", "pad", "delete", "insert", "partition",
    "argpartition", "broadcast_shapes", "multi_dot", "histogram", "percentile", "quantile", "nanquantile", "norm", "rot90", "flip",
}
_JOINS = {"concatenate", "stack", "hstack", "vstack", "dstack", "column_stack"}
_DUCK = {"flatnonzero"}  # the real ones only call methods of what they are given
_TAKES_HOST = {"atleast_1d", "atleast_2d", "atleast_3d", "linspace", "logspace", "geomspace", "diff", "nan_to_num"}


def _device(name, value, depth=0):
    if isinstance(value, ndarray):
        return value._a
    if isinstance(value, _np.ndarray):
        if value.ndim == 0 and name in _TAKES_HOST:
            return value
        unsupported(value)
    like = getattr(value, "__cupy_view__", None)
    if like is not None:
        return like()
    if isinstance(value, (list, tuple)):
        if name.rpartition(".")[2] in _JOINS and not all(isinstance(each, ndarray) for each in value):
            raise TypeError("Only cupy arrays can be concatenated")
        return type(value)(_device(name, each, depth + 1) for each in value)
    return value


def _function(owner, name, numpys):
    full_name = f"{owner}.{name}"

    def call(*args, **kwargs):
        bind(full_name, args, kwargs)
        if name in _DUCK and args and isinstance(args[0], _np.ndarray):
            return numpys(*args, **kwargs)
        if args and isinstance(args[0], (list, tuple)) and name not in _LISTS:
            raise TypeError(f"{full_name} takes a device array, not {type(args[0]).__name__}")
        if name in _JOINS and args and not isinstance(args[0], (list, tuple)):
            args = (list(args[0]), *args[1:])
        args = tuple(_device(name, each) for each in args)
        kwargs = {key: _device(name, each) for key, each in kwargs.items()}
        with _np.errstate(all="ignore"):
            return wrap(numpys(*args, **kwargs))

    functools.update_wrapper(call, numpys, assigned=("__name__", "__doc__"), updated=())
    call.__module__ = owner
    return call


_OWN = (
    "inf nan pi e newaxis euler_gamma dtype finfo iinfo result_type can_cast promote_types issubdtype isscalar common_type "
    "ndim shape ufunc ndarray array asarray asanyarray ascontiguousarray asfortranarray asnumpy get_array_module full arange "
    "repeat searchsorted lexsort bincount unique where kron clip append isin argsort sort outer einsum from_dlpack "
    "shares_memory may_share_memory save"
).split()
API |= {_name: globals()[_name] for _name in _OWN}
for _name in names("cupy"):
    if _name not in API and "parameters" in entry(f"cupy.{_name}") and callable(getattr(_np, _name, None)):
        API[_name] = _function("cupy", _name, getattr(_np, _name))
