"""``cupy.random``: NumPy's generators with other streams, as a device's are other ones."""

import numpy as _np

from cupy._array import ndarray, wrap
from stand_in import bind, exists, names

SHIFT = 0x5EED
"""Added to every seed: whoever counts on the host's numbers shall see it."""


def _plain(value):
    if isinstance(value, (tuple, list)):
        return type(value)(_plain(each) for each in value)
    if isinstance(value, _np.ndarray):
        raise TypeError(f"Unsupported type {type(value)}")
    return value._a if isinstance(value, ndarray) else value


def _methods(kind, owner):
    for name in names(owner):
        if name[0] == "_" or not callable(getattr(kind._of, name, None)):
            continue

        def call(self, *args, _name=name, **kwargs):
            bind(f"{owner}.{_name}", (self, *args), kwargs)
            dtype = kwargs.get("dtype")
            args = tuple(_plain(each) for each in args)
            kwargs = {key: _plain(each) for key, each in kwargs.items()}
            if kind._of is _np.random.RandomState and dtype is not None and _name != "randint":
                kwargs.pop("dtype")
                return wrap(_np.asarray(getattr(self._rng, _name)(*args, **kwargs)).astype(dtype))
            return wrap(_np.asarray(getattr(self._rng, _name)(*args, **kwargs)))

        setattr(kind, name, call)


class RandomState:
    _of = _np.random.RandomState

    def __init__(self, seed=None, method=None):
        if seed is not None and not isinstance(seed, (int, _np.integer)):
            raise TypeError("Seed must be an integer, or None")
        self._rng = _np.random.RandomState(None if seed is None else (int(seed) + SHIFT) % 2**32)


class Generator:
    _of = _np.random.Generator

    def __init__(self, bit_generator):
        self._rng = bit_generator


_methods(RandomState, "cupy.random.RandomState")
_methods(Generator, "cupy.random.Generator")


def default_rng(seed=None):
    if isinstance(seed, Generator):
        return seed
    if seed is not None and not isinstance(seed, (int, _np.integer)):
        raise TypeError("the real default_rng takes an int here")
    return Generator(_np.random.default_rng(None if seed is None else int(seed) + SHIFT))


def __getattr__(name):
    if exists(f"cupy.random.{name}"):
        raise NotImplementedError(f"cupy.random.{name} is in the real CuPy; the stand-in lacks it")
    raise AttributeError(f"module 'cupy.random' has no attribute '{name}'")
