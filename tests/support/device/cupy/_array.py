"""``cupy.ndarray``: holds a NumPy array, never is one; no way out but ``get`` and its kin."""

from types import SimpleNamespace

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin
from stand_in import bind, crossing
from stand_in.contract import missing

SCALARS = (bool, int, float, complex, np.bool_, np.number)
HOST = (list, tuple, np.ndarray)
_INDEX = "arrays used as indices must be of integer or boolean type"


def unsupported(value):
    raise TypeError(f"Unsupported type {type(value)}")


def unwrap(value):
    """NumPy of a device array or of what exposes one; scalars as they are; all else is refused."""
    if isinstance(value, SCALARS):
        return value
    return value.__cupy_view__() if hasattr(value, "__cupy_view__") else unsupported(value)


def plain(value):
    """The same of an argument, which may also be a name, a shape, an axis."""
    return unwrap(value) if isinstance(value, np.ndarray) or hasattr(value, "__cupy_view__") else value


def wrap(value):
    """Device array of a NumPy result, 0-d for scalars; tuples and lists member by member."""
    if isinstance(value, np.ndarray | np.generic):
        made = object.__new__(ndarray)
        made._a = np.asarray(value)
        check_dtype(made._a.dtype)
        return made
    if isinstance(value, tuple | list):
        return type(value)(*map(wrap, value)) if hasattr(value, "_fields") else type(value)(map(wrap, value))
    return value


def check_dtype(dtype):
    if np.dtype(dtype).kind not in "biufc":
        raise ValueError(f"Unsupported dtype {dtype}")


def upload(value, dtype=None):
    """Host to device: NumPy arrays, lists and scalars; device arrays in a list are taken as they are."""
    kinds = [type(each) for each in value] if isinstance(value, list | tuple) else []
    if ndarray in kinds and np.ndarray in kinds:
        raise TypeError("Unsupported type: arrays of host and device in one list")
    found = np.array([plain(each) for each in value] if ndarray in kinds else value, dtype=dtype)
    check_dtype(found.dtype)
    if found.ndim and ndarray not in kinds:
        crossing("upload", "in", found.nbytes)
    return found


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
    if hasattr(key, "__cupy_view__"):
        found = unwrap(key)
    elif isinstance(key, list | np.ndarray):
        found = upload(key) if len(key) else np.empty(0, "int32")
    else:
        raise IndexError("only integers, slices, ellipsis, None and arrays are valid indices")
    if found.dtype.kind not in "biu":
        raise IndexError(f"{_INDEX} (actual: {found.dtype.type})")
    return found


class ndarray(NDArrayOperatorsMixin):
    """An array on the pretended device."""

    __slots__ = ("__weakref__", "_a")
    __array_priority__ = 100
    __hash__ = None
    __module__ = "cupy"
    T = property(lambda self: wrap(self._a.T))
    real, imag = (property(lambda self, part=part: wrap(getattr(self._a, part))) for part in ("real", "imag"))
    device = property(lambda self: SimpleNamespace(id=0))
    data = property(lambda self: SimpleNamespace(ptr=self._a.__array_interface__["data"][0]))

    def __getattr__(self, name):
        if name in ("dtype", "itemsize", "nbytes", "ndim", "shape", "size", "strides"):
            return getattr(self._a, name)
        raise missing("cupy.ndarray", name, "'cupy.ndarray' object")

    @property
    def flags(self):
        held = self._a.flags
        return SimpleNamespace(c_contiguous=held.c_contiguous, f_contiguous=held.f_contiguous)

    def __array__(self, dtype=None, copy=None):
        raise TypeError("Implicit conversion to a NumPy array is not allowed. Please use `.get()`.")

    def __reduce__(self):
        crossing("pickle", "out", self._a.nbytes)
        return wrap, (self._a,)

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
        import cupyx.scipy.special

        known = (ndarray, *SCALARS)
        if method != "__call__" or not all(isinstance(each, known) for each in inputs):
            return NotImplemented  # what it is mixed with does it, or nobody
        if "out" in kwargs:
            (kwargs["out"],) = kwargs["out"]
        special = vars(cupyx.scipy.special).get(ufunc.__name__)
        return (special or getattr(cupyx.scipy.special.cupy, ufunc.__name__))(*inputs, **kwargs)

    def __array_function__(self, func, types, args, kwargs):
        import cupy

        if not all(issubclass(each, ndarray) for each in types):
            return NotImplemented
        return getattr(cupy.linalg if "linalg" in func.__module__ else cupy, func.__name__)(*args, **kwargs)

    # containers
    def __len__(self):
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
        if isinstance(value, HOST) and not gathers and np.ndim(value):
            raise ValueError("non-scalar numpy.ndarray cannot be used for fill")
        self._a[key] = upload(value, self._a.dtype) if isinstance(value, HOST) else unwrap(value)

    # methods that are told apart
    def argsort(self, axis=-1, kind=None):
        return wrap(np.argsort(self._a, axis=axis, kind=_stable(kind)))

    def sort(self, axis=-1, kind=None):
        self._a.sort(axis=axis, kind=_stable(kind))

    def astype(self, dtype, order="K", casting=None, subok=None, copy=True):
        if casting is not None or subok is not None:
            raise TypeError("casting and subok are not supported yet")
        check_dtype(dtype)
        with np.errstate(all="ignore"):
            return wrap(self._a.astype(dtype, order=order, copy=copy))


def _leaves(what, turn):
    """A way out: the whole array, or text of it."""

    def call(self, *args, **kwargs):
        crossing(what, "out", self._a.nbytes)
        return turn(self._a, *args)

    return call


def _waits(turn, error=TypeError):
    """A way out of one number, which is waited for."""

    def call(self):
        crossing("scalar", "sync", self._a.itemsize)
        if self._a.size != 1:
            raise error(f"an array of {self._a.size} elements is no number")
        return turn(self._a.item())

    return call


ndarray.get = _leaves("get", lambda held: held.copy("F" if held.flags.fnc else "C"))
ndarray.tolist = _leaves("tolist", np.ndarray.tolist)
ndarray.__repr__ = ndarray.__str__ = ndarray.__format__ = _leaves(
    "text", lambda held, form="": format(held if held.ndim else held[()], form)
)
ndarray.__int__, ndarray.__float__, ndarray.__bool__ = _waits(int), _waits(float), _waits(bool, ValueError)
ndarray.item = _waits(lambda value: value, ValueError)


def _stable(kind):
    if kind not in (None, "stable"):
        raise ValueError(f"'{kind}' sort is not supported; only None and 'stable'")
    return "stable"


def _method(name):
    def call(self, *args, **kwargs):
        bind(f"cupy.ndarray.{name}", (self, *args), kwargs)
        with np.errstate(all="ignore"):
            found = getattr(self._a, name)(*map(plain, args), **{key: plain(kwargs[key]) for key in kwargs})
        return wrap(found) if kwargs.get("out") is None else kwargs["out"]

    return call


for _name in (
    "all any argmax argmin clip copy cumprod cumsum diagonal dot fill flatten max mean min nonzero prod "
    "ravel repeat reshape round squeeze std sum swapaxes take trace transpose var view"
).split():
    setattr(ndarray, _name, _method(_name))
