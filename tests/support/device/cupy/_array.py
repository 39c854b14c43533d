"""``cupy.ndarray``: holds a NumPy array, never is one; no way out but ``get`` and its kin."""


import numpy as np

from stand_in import bind, crossing, exists

KINDS = "biufc"
SCALARS = (bool, int, float, complex, np.bool_, np.number)
NAME = "cupy.ndarray"


def unsupported(value):
    raise TypeError(f"Unsupported type {type(value)}")


def unwrap(value):
    """NumPy of a device array or of what exposes one; scalars as they are; all else is refused."""
    if isinstance(value, ndarray):
        return value._a
    if isinstance(value, SCALARS):
        return value
    like = getattr(value, "__cupy_view__", None)
    if like is not None:
        return like()
    unsupported(value)


def wrap(value):
    """Device array of a NumPy result, 0-d for scalars; tuples and lists member by member."""
    if isinstance(value, np.ndarray):
        check_dtype(value.dtype)
        made = object.__new__(ndarray)
        made._a = value
        return made
    if isinstance(value, np.generic):
        return wrap(np.asarray(value))
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*map(wrap, value))
    if isinstance(value, (tuple, list)):
        return type(value)(map(wrap, value))
    return value


def check_dtype(dtype):
    if np.dtype(dtype).kind not in KINDS:
        raise ValueError(f"Unsupported dtype {dtype}")


def host(value):
    """Host to device: an implicit or explicit upload of NumPy arrays, lists and scalars."""
    found = np.asarray(value)
    check_dtype(found.dtype)
    if found.ndim:
        crossing("upload", "in", found.nbytes)
    return found


def nested(value):
    """A list that may hold device arrays, as ``cupy.array`` takes it."""
    if isinstance(value, (list, tuple)) and any(isinstance(each, (ndarray, list, tuple)) for each in value):
        flat = [nested(each) for each in value]
        if any(isinstance(each, ndarray) for each in value):
            for each in value:
                if not isinstance(each, (ndarray, *SCALARS)) and not isinstance(each, (list, tuple)):
                    raise TypeError(f"Unsupported type {type(each)}")
        return np.asarray(flat)
    return value._a if isinstance(value, ndarray) else value


def as_index(key):
    """An index as the real one takes it: NumPy arrays and lists are uploaded without a word."""
    if isinstance(key, tuple):
        return tuple(as_index(each) for each in key)
    if isinstance(key, ndarray):
        if key._a.ndim == 0 and key._a.dtype.kind != "b":
            return key._a  # 0-d integer arrays are advanced indices there too
        if key._a.dtype.kind not in "biu":
            raise IndexError(f"arrays used as indices must be of integer or boolean type. (actual: {key._a.dtype.type})")
        return key._a
    if isinstance(key, slice):
        return slice(*(whole(part) for part in (key.start, key.stop, key.step)))
    if key is None or key is Ellipsis or isinstance(key, (int, np.integer, np.bool_)):
        return key
    like = getattr(key, "__cupy_view__", None)
    if like is not None:
        return like()
    if isinstance(key, (list, np.ndarray, range)):
        found = np.asarray(nested(key)) if not isinstance(key, np.ndarray) else key
        if found.size == 0 and not isinstance(key, np.ndarray):
            found = found.astype("int32")
        if found.dtype.kind not in "biu":
            raise IndexError(f"arrays used as indices must be of integer or boolean type (actual: {found.dtype.type})")
        if found.ndim:
            crossing("index upload", "in", found.nbytes)
        return found
    raise IndexError("only integers, slices, ellipsis, None and integer or boolean arrays are valid indices")


def whole(part):
    """Bounds of a slice need ``__index__``, which a device array has not."""
    if isinstance(part, ndarray):
        raise TypeError("slice indices must be integers or None or have an __index__ method")
    return part


class ndarray:
    """An array on the pretended device."""

    __slots__ = ("_a", "__weakref__")
    __array_priority__ = 100
    __hash__ = None
    __module__ = "cupy"

    def __init__(self, shape, dtype=float, memptr=None, strides=None, order="C"):
        self._a = np.empty(shape, dtype, order)
        check_dtype(self._a.dtype)

    # what it looks like, free of charge
    dtype = property(lambda self: self._a.dtype)
    ndim = property(lambda self: self._a.ndim)
    size = property(lambda self: self._a.size)
    nbytes = property(lambda self: self._a.nbytes)
    itemsize = property(lambda self: self._a.itemsize)
    strides = property(lambda self: self._a.strides)
    flags = property(lambda self: _Flags(self._a.flags))
    T = property(lambda self: wrap(self._a.T))
    mT = property(lambda self: wrap(self._a.mT))
    real = property(lambda self: wrap(self._a.real))
    imag = property(lambda self: wrap(self._a.imag))
    base = property(lambda self: None if self._a.base is None else self)
    device = property(lambda self: _Device(0))
    data = property(lambda self: _Pointer(self._a))

    @property
    def shape(self):
        return self._a.shape

    @shape.setter
    def shape(self, shape):
        self._a = self._a.reshape(shape)

    @property
    def flat(self):
        return iter(self.ravel())

    # ways out
    def get(self, stream=None, order="C", out=None, blocking=True):
        crossing("get", "out", self._a.nbytes)
        if out is not None:
            out[...] = self._a
            return out
        found = self._a.copy("F" if self._a.flags.fnc else "C")
        return found

    def item(self, *at):
        crossing("item", "sync", self._a.itemsize)
        return self._a.item(*at)

    def tolist(self):
        crossing("tolist", "out", self._a.nbytes)
        return self._a.tolist()

    def tobytes(self, order="C"):
        crossing("tobytes", "out", self._a.nbytes)
        return self._a.tobytes(order)

    def __array__(self, dtype=None, copy=None):
        raise TypeError(
            "Implicit conversion to a NumPy array is not allowed. "
            "Please use `.get()` to construct a NumPy array explicitly."
        )

    def _scalar(self, what, turn):
        crossing(what, "sync", self._a.itemsize)
        if self._a.size != 1:
            if what == "bool":
                raise ValueError("The truth value of an array with more than one element is ambiguous.")
            raise TypeError("only size-1 arrays can be converted to Python scalars")
        return turn(self._a.reshape(())[()])

    def __bool__(self):
        return self._scalar("bool", bool)

    def __int__(self):
        return self._scalar("int", int)

    def __float__(self):
        return self._scalar("float", float)

    def __complex__(self):
        return self._scalar("complex", complex)

    def __repr__(self):
        crossing("repr", "out", self._a.nbytes)
        return repr(self._a)

    def __str__(self):
        crossing("str", "out", self._a.nbytes)
        return str(self._a)

    def __format__(self, form):
        crossing("format", "out", self._a.nbytes)
        return format(self._a if self._a.ndim else self._a[()], form)

    def __reduce__(self):
        crossing("pickle", "out", self._a.nbytes)
        return _renew, (self._a,)

    def __copy__(self):
        return self.copy()

    def __deepcopy__(self, memo):
        return self.copy()

    # protocols
    def __dlpack__(self, *, stream=None, max_version=None, dl_device=None, copy=None):
        crossing("dlpack (the real tensor would be on the device)", "same")
        return self._a.__dlpack__()

    def __dlpack_device__(self):
        return self._a.__dlpack_device__()

    def toDlpack(self):
        return self.__dlpack__()

    @property
    def __cuda_array_interface__(self):
        found = dict(self._a.__array_interface__)
        return {**found, "version": 3, "stream": 1}

    def __cupy_view__(self):
        return self._a

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        import cupy

        if ufunc.__module__ not in (None, "numpy") and not hasattr(ufunc, "types"):
            return NotImplemented
        out = kwargs.get("out", ())
        if "out" in kwargs:
            kwargs["out"] = out[0]
        import cupyx.scipy.special as special

        found = getattr(cupy, ufunc.__name__, None) or getattr(special, ufunc.__name__, None)
        if found is None or not isinstance(found, cupy.ufunc):
            return NotImplemented
        if method != "__call__":
            found = getattr(found, method)
        for each in (*inputs, *out):
            if not isinstance(each, (ndarray, np.ndarray, *SCALARS)) and not hasattr(each, "__cupy_view__"):
                return NotImplemented
        if ufunc.__name__ in ("greater", "greater_equal", "less", "less_equal", "equal", "not_equal"):
            inputs = tuple(x.item() if isinstance(x, np.ndarray) and x.ndim == 0 else x for x in inputs)
        return found(*inputs, **kwargs)

    def __array_function__(self, func, types, args, kwargs):
        import cupy

        module = cupy
        for part in func.__module__.split(".")[1:]:
            module = getattr(module, part, None)
        found = getattr(module, func.__name__, None)
        if found is None or found is func or not all(issubclass(each, ndarray) for each in types):
            return NotImplemented
        return found(*args, **kwargs)

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
        found = self._a[key]
        if isinstance(found, np.generic):  # a 0-d view where NumPy gives a scalar
            plain = all(isinstance(each, (int, np.integer)) for each in (key if isinstance(key, tuple) else (key,)))
            found = self._a[(*key, Ellipsis) if isinstance(key, tuple) else (key, Ellipsis)] if plain else np.asarray(found)
        return wrap(found)

    def __setitem__(self, key, value):
        key = as_index(key)
        arrays = [each for each in (key if isinstance(key, tuple) else (key,)) if isinstance(each, np.ndarray)]
        if isinstance(value, (np.ndarray, list, tuple)):
            if arrays:  # advanced indexing uploads what it is given
                value = host(nested(value)).astype(self._a.dtype)
            elif isinstance(value, np.ndarray) and key == slice(None) and value.ndim:
                if value.shape != self._a.shape or value.dtype != self._a.dtype:
                    raise ValueError(
                        "copying a numpy.ndarray to a cupy.ndarray by empty slice assignment must ensure arrays "
                        "have same shape and dtype"
                    )
                crossing("upload", "in", value.nbytes)
            elif np.ndim(value):
                raise ValueError("non-scalar numpy.ndarray cannot be used for fill")
        elif value is None or isinstance(value, str):
            raise TypeError(f"{value!r} cannot be stored in an array of {self._a.dtype}")
        else:
            value = unwrap(value)
        self._a[key] = value

    # methods that are told apart
    def argsort(self, axis=-1, kind=None):
        _sort_kind(kind)
        return wrap(np.argsort(self._a, axis=axis, kind="stable"))

    def sort(self, axis=-1, kind=None):
        _sort_kind(kind)
        self._a.sort(axis=axis, kind="stable")

    def astype(self, dtype, order="K", casting=None, subok=None, copy=True):
        if casting is not None:
            raise TypeError("casting is not supported yet")
        if subok is not None:
            raise TypeError("subok is not supported yet")
        check_dtype(dtype)
        return wrap(np.asarray(self._a).astype(dtype, order=order, copy=copy))

    def copy(self, order="C"):
        return wrap(self._a.copy(order))

    def view(self, dtype=None, array_class=None):
        return wrap(self._a.view() if dtype is None else self._a.view(dtype))

    def set(self, arr, stream=None):
        if not isinstance(arr, np.ndarray):
            raise TypeError("Only numpy.ndarray can be set to cupy.ndarray")
        crossing("set", "in", arr.nbytes)
        self._a[...] = arr

    def repeat(self, repeats, axis=None):
        import cupy

        return cupy.repeat(self, repeats, axis)

    def searchsorted(self, v, side="left", sorter=None):
        import cupy

        return cupy.searchsorted(self, v, side, sorter)


class _Flags:
    def __init__(self, flags):
        self._f = flags

    def __getattr__(self, name):
        if name not in ("c_contiguous", "f_contiguous", "owndata", "fnc", "forc"):
            raise AttributeError(f"'cupy._core.flags.Flags' object has no attribute '{name}'")
        return getattr(self._f, name)

    def __getitem__(self, name):
        if name not in ("C_CONTIGUOUS", "F_CONTIGUOUS", "OWNDATA"):
            raise KeyError(f"{name} is not defined for cupy.ndarray.flags")
        return self._f[name]


class _Device:
    def __init__(self, id):
        self.id = id

    def __int__(self):
        return self.id

    def __repr__(self):
        return f"<CUDA Device {self.id}>"

    def __eq__(self, other):
        return isinstance(other, _Device)

    __hash__ = object.__hash__


class _Pointer:
    def __init__(self, array):
        self.ptr = array.__array_interface__["data"][0]


def _renew(array):
    return wrap(array)


def _sort_kind(kind):
    if kind not in (None, "stable"):
        raise ValueError(f"'{kind}' sort is not supported; only None and 'stable'")


def _method(name):
    def call(self, *args, **kwargs):
        bind(f"{NAME}.{name}", (self, *args), kwargs)
        args = tuple(_argument(each) for each in args)
        kwargs = {key: _argument(each) for key, each in kwargs.items()}
        out = kwargs.get("out")
        found = getattr(np.asarray(self._a), name)(*args, **kwargs)
        return wrap(found) if out is None else wrap(out)

    call.__name__ = name
    return call


def _argument(value):
    if isinstance(value, np.ndarray) and value.ndim:
        unsupported(value)
    return value._a if isinstance(value, ndarray) else value


_PLAIN = (
    "all any argmax argmin argpartition choose clip compress conj conjugate cumprod cumsum diagonal dot fill flatten "
    "max mean min nonzero partition prod ptp put ravel reshape round squeeze std sum swapaxes take trace transpose var"
).split()
for _name in _PLAIN:
    if exists(f"{NAME}.{_name}") and _name not in vars(ndarray):
        setattr(ndarray, _name, _method(_name))


def _ptp(self, axis=None, out=None, keepdims=False):
    return wrap(np.ptp(self._a, axis=axis, keepdims=keepdims))


ndarray.ptp = _ptp


def _put(self, indices, values, mode="wrap"):
    np.put(self._a, as_index(indices), unwrap(values), mode=mode)


ndarray.put = _put


def _binary(name, swap):
    def call(self, other):
        import cupy

        if not isinstance(other, (ndarray, np.ndarray, *SCALARS)):
            if hasattr(other, "__array_ufunc__") or getattr(other, "__array_priority__", -1e9) > self.__array_priority__:
                return NotImplemented
            if name in ("equal", "not_equal") and (other is None or type(other).__eq__ is object.__eq__):
                return wrap(np.full(self._a.shape, name == "not_equal"))
            if not hasattr(other, "__cupy_view__"):
                return NotImplemented
        ufunc = getattr(cupy, name)
        if isinstance(other, np.ndarray) and other.ndim == 0 and name in ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal"):
            other = other.item()
        return ufunc(other, self) if swap else ufunc(self, other)

    return call


def _inplace(name):
    def call(self, other):
        import cupy

        return getattr(cupy, name)(self, other, out=self)

    return call


for _op, _name in {
    "add": "add", "sub": "subtract", "mul": "multiply", "truediv": "true_divide", "floordiv": "floor_divide",
    "mod": "remainder", "pow": "power", "and": "bitwise_and", "or": "bitwise_or", "xor": "bitwise_xor",
    "lshift": "left_shift", "rshift": "right_shift", "divmod": "divmod",
}.items():
    setattr(ndarray, f"__{_op}__", _binary(_name, False))
    setattr(ndarray, f"__r{_op}__", _binary(_name, True))
    if _op != "divmod":
        setattr(ndarray, f"__i{_op}__", _inplace(_name))
for _op, _name in {
    "eq": "equal", "ne": "not_equal", "lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal"
}.items():
    setattr(ndarray, f"__{_op}__", _binary(_name, False))
for _op, _name in {"neg": "negative", "pos": "positive", "abs": "absolute", "invert": "invert"}.items():
    setattr(ndarray, f"__{_op}__", lambda self, _name=_name: getattr(__import__("cupy"), _name)(self))


def _matmul(self, other):
    if isinstance(other, ndarray):
        return wrap(np.matmul(self._a, other._a))
    if getattr(other, "__array_priority__", -1e9) > self.__array_priority__:
        return NotImplemented
    unsupported(other)


ndarray.__matmul__ = _matmul
ndarray.__rmatmul__ = lambda self, other: unsupported(other)
