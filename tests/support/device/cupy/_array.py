"""``cupy.ndarray``: holds a NumPy array, never is one; no way out but ``get`` and its kin."""

from types import SimpleNamespace

import numpy as np
from stand_in import bind, crossing
from stand_in.contract import missing

SCALARS = (bool, int, float, complex, np.bool_, np.number)
HOST = (list, tuple, np.ndarray)
_FILL = "non-scalar numpy.ndarray cannot be used for fill"
_INDEX = "arrays used as indices must be of integer or boolean type"


def unsupported(value):
    raise TypeError(f"Unsupported type {type(value)}")


def unwrap(value):
    """NumPy of a device array or of what exposes one; scalars as they are; all else is refused."""
    if isinstance(value, ndarray):
        return value._a
    if isinstance(value, SCALARS):
        return value
    if hasattr(value, "__cupy_view__"):
        return value.__cupy_view__()
    return unsupported(value)


def wrap(value):
    """Device array of a NumPy result, 0-d for scalars; tuples and lists member by member."""
    if isinstance(value, np.ndarray | np.generic):
        made = object.__new__(ndarray)
        made._a = np.asarray(value)
        check_dtype(made._a.dtype)
        return made
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*map(wrap, value))
    return type(value)(map(wrap, value)) if isinstance(value, tuple | list) else value


def check_dtype(dtype):
    if np.dtype(dtype).kind not in "biufc":
        raise ValueError(f"Unsupported dtype {dtype}")


def upload(value, dtype=None):
    """Host to device: NumPy arrays, lists and scalars; device arrays in lists are taken as they are."""
    found = np.array(_nested(value), dtype=dtype)
    check_dtype(found.dtype)
    if found.ndim and not _holds(value):
        crossing("upload", "in", found.nbytes)
    return found


def _holds(value):
    return isinstance(value, ndarray) or (isinstance(value, list | tuple) and any(map(_holds, value)))


def _nested(value):
    if not isinstance(value, list | tuple):
        return value._a if isinstance(value, ndarray) else value
    if any(isinstance(each, ndarray) for each in value) and any(
        isinstance(each, np.ndarray) for each in value
    ):
        raise TypeError("Unsupported type: arrays of host and device in one list")
    return [_nested(each) for each in value]


def as_index(key):
    """An index as the real one takes it: arrays and lists of the host are uploaded without a word."""
    if isinstance(key, tuple):
        return tuple(map(as_index, key))
    if isinstance(key, slice):
        if any(isinstance(part, ndarray) for part in (key.start, key.stop, key.step)):
            raise TypeError("slice indices must be integers or None or have an __index__ method")
        return key
    if key is None or key is Ellipsis or isinstance(key, int | np.integer | np.bool_):
        return key
    if isinstance(key, ndarray) or hasattr(key, "__cupy_view__"):
        found = unwrap(key)
    elif isinstance(key, list | np.ndarray):
        found = upload(key) if len(key) else np.empty(0, "int32")
    else:
        raise IndexError("only integers, slices, ellipsis, None and arrays are valid indices")
    if found.dtype.kind not in "biu":
        raise IndexError(f"{_INDEX} (actual: {found.dtype.type})")
    return found


class ndarray:
    """An array on the pretended device."""

    __slots__ = ("__weakref__", "_a")
    __array_priority__ = 100
    __hash__ = None
    __module__ = "cupy"

    def __init__(self, shape, dtype=float, memptr=None, strides=None, order="C"):
        check_dtype(dtype)
        self._a = np.empty(shape, dtype, order)

    dtype = property(lambda self: self._a.dtype)
    shape = property(lambda self: self._a.shape)
    ndim = property(lambda self: self._a.ndim)
    size = property(lambda self: self._a.size)
    nbytes = property(lambda self: self._a.nbytes)
    itemsize = property(lambda self: self._a.itemsize)
    T = property(lambda self: wrap(self._a.T))

    @property
    def flags(self):
        held = self._a.flags
        return SimpleNamespace(c_contiguous=held.c_contiguous, f_contiguous=held.f_contiguous)

    def __getattr__(self, name):
        raise missing("cupy.ndarray", name, "'cupy.ndarray' object")

    # ways out
    def get(self, stream=None, order="C", out=None, blocking=True):
        crossing("get", "out", self._a.nbytes)
        if out is None:
            return self._a.copy("F" if self._a.flags.fnc else "C")
        out[...] = self._a
        return out

    def tolist(self):
        crossing("tolist", "out", self._a.nbytes)
        return self._a.tolist()

    def __array__(self, dtype=None, copy=None):
        raise TypeError(
            "Implicit conversion to a NumPy array is not allowed. "
            "Please use `.get()` to construct a NumPy array explicitly."
        )

    def _scalar(self, what, turn):
        crossing(what, "sync", self._a.itemsize)
        if self._a.size != 1:
            error = ValueError if what in ("bool", "item") else TypeError
            raise error(f"{what} of an array of {self._a.size} elements")
        return turn(self._a.reshape(())[()])

    def item(self):
        return self._scalar("item", lambda value: value.item())

    def __bool__(self):
        return self._scalar("bool", bool)

    def __int__(self):
        return self._scalar("int", int)

    def __float__(self):
        return self._scalar("float", float)

    def __complex__(self):
        return self._scalar("complex", complex)

    def _text(self, *form):
        crossing("text", "out", self._a.nbytes)
        return format(self._a if self._a.ndim else self._a[()], *form)

    __repr__ = __str__ = __format__ = _text

    def __reduce__(self):
        crossing("pickle", "out", self._a.nbytes)
        return wrap, (self._a,)

    def __copy__(self):
        return self.copy()

    def __deepcopy__(self, memo):
        return self.copy()

    # protocols
    def __dlpack__(self, **options):
        crossing("dlpack", "same")
        return self._a.__dlpack__()

    def __dlpack_device__(self):
        return self._a.__dlpack_device__()

    @property
    def __cuda_array_interface__(self):
        return {**self._a.__array_interface__, "version": 3, "stream": 1}

    def __cupy_view__(self):
        return self._a

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        if method != "__call__" or any(isinstance(each, np.ndarray) for each in inputs):
            return NotImplemented
        if "out" in kwargs:
            (kwargs["out"],) = kwargs["out"]
        return getattr(_module(ufunc), ufunc.__name__)(*inputs, **kwargs)

    def __array_function__(self, func, types, args, kwargs):
        if not all(issubclass(each, ndarray) for each in types):
            return NotImplemented
        return getattr(_module(func), func.__name__)(*args, **kwargs)

    # containers
    def __len__(self):
        if not self._a.ndim:
            raise TypeError("len() of unsized object")
        return len(self._a)

    def __iter__(self):
        if not self._a.ndim:
            raise TypeError("iteration over a 0-d array")
        return (self[place] for place in range(len(self._a)))

    def __getitem__(self, key):
        key = as_index(key)
        parts = key if isinstance(key, tuple) else (key,)
        if all(isinstance(each, int | np.integer) for each in parts):
            parts = (*parts, Ellipsis)  # a 0-d view where NumPy gives a scalar
        return wrap(self._a[parts])

    def __setitem__(self, key, value):
        key = as_index(key)
        gathers = any(isinstance(each, np.ndarray) for each in (key if isinstance(key, tuple) else (key,)))
        if isinstance(value, HOST) and not gathers and np.ndim(_nested(value)):
            raise ValueError(_FILL)
        self._a[key] = upload(value, self._a.dtype) if isinstance(value, HOST) else unwrap(value)

    # methods that are told apart
    def argsort(self, axis=-1, kind=None):
        _check_sort(kind)
        return wrap(np.argsort(self._a, axis=axis, kind="stable"))

    def sort(self, axis=-1, kind=None):
        _check_sort(kind)
        self._a.sort(axis=axis, kind="stable")

    def astype(self, dtype, order="K", casting=None, subok=None, copy=True):
        if casting is not None or subok is not None:
            raise TypeError("casting and subok are not supported yet")
        check_dtype(dtype)
        with np.errstate(all="ignore"):
            return wrap(self._a.astype(dtype, order=order, copy=copy))

    def copy(self, order="C"):
        return wrap(self._a.copy(order))

    def view(self, dtype=None):
        return wrap(self._a.view() if dtype is None else self._a.view(dtype))

    def __matmul__(self, other):
        if isinstance(other, ndarray):
            return wrap(np.matmul(self._a, other._a))
        return NotImplemented if getattr(other, "__array_priority__", 0) > 100 else unsupported(other)

    def __rmatmul__(self, other):
        unsupported(other)


def _module(function):
    import cupyx.scipy.special

    import cupy

    if hasattr(cupy.linalg, function.__name__) and "linalg" in (function.__module__ or ""):
        return cupy.linalg
    return cupyx.scipy.special if function.__name__ in vars(cupyx.scipy.special) else cupy


def _check_sort(kind):
    if kind not in (None, "stable"):
        raise ValueError(f"'{kind}' sort is not supported; only None and 'stable'")


def _method(name):
    def call(self, *args, **kwargs):
        bind(f"cupy.ndarray.{name}", (self, *args), kwargs)
        out = kwargs.get("out")
        args, kwargs = map(_argument, args), {key: _argument(each) for key, each in kwargs.items()}
        with np.errstate(all="ignore"):
            found = getattr(self._a, name)(*args, **kwargs)
        return wrap(found) if out is None else out

    call.__name__ = name
    return call


def _argument(value):
    if isinstance(value, np.ndarray) and value.ndim:
        unsupported(value)
    return value._a if isinstance(value, ndarray) else value


for _name in (
    "all any argmax argmin clip cumprod cumsum diagonal dot fill flatten max mean min nonzero prod ravel repeat "
    "reshape round squeeze std sum swapaxes take trace transpose var"
).split():
    setattr(ndarray, _name, _method(_name))


def _binary(name, swap):
    def call(self, other):
        import cupy

        if isinstance(other, np.ndarray):
            unsupported(other)
        if not isinstance(other, (ndarray, *SCALARS)) and not hasattr(other, "__cupy_view__"):
            return NotImplemented
        if hasattr(other, "__array_ufunc__") and not isinstance(other, ndarray | np.generic):
            return NotImplemented  # a frame or a sparse matrix does it
        return getattr(cupy, name)(*((other, self) if swap else (self, other)))

    return call


def _in_place(name):
    def call(self, other):
        import cupy

        return getattr(cupy, name)(self, other, out=self)

    return call


def _unary(name):
    def call(self):
        import cupy

        return getattr(cupy, name)(self)

    return call


ARITHMETIC = {
    **{"add": "add", "sub": "subtract", "mul": "multiply", "truediv": "true_divide", "mod": "remainder"},
    **{"floordiv": "floor_divide", "pow": "power", "and": "bitwise_and", "or": "bitwise_or"},
    **{"xor": "bitwise_xor", "lshift": "left_shift", "rshift": "right_shift"},
}
COMPARISONS = {"eq": "equal", "ne": "not_equal", "lt": "less"}
COMPARISONS |= {"le": "less_equal", "gt": "greater", "ge": "greater_equal"}
UNARY = {"neg": "negative", "pos": "positive", "abs": "absolute", "invert": "invert"}
for _op, _name in (ARITHMETIC | COMPARISONS).items():
    setattr(ndarray, f"__{_op}__", _binary(_name, False))
for _op, _name in ARITHMETIC.items():
    setattr(ndarray, f"__r{_op}__", _binary(_name, True))
    setattr(ndarray, f"__i{_op}__", _in_place(_name))
for _op, _name in UNARY.items():
    setattr(ndarray, f"__{_op}__", _unary(_name))
