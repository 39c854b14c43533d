"""``cupy.random``: NumPy's generators with other streams, as a device's are other ones."""

import numpy as np
from stand_in import lacking

from cupy._array import plain, wrap


class RandomState:
    """Every seed is another one here: whoever counts on the host's numbers shall see it."""

    def __init__(self, seed=None, made=np.random.RandomState):
        self._rng = made(None if seed is None else seed + 24301)

    def __getattr__(self, name):
        if name not in ("gamma", "permutation", "standard_normal"):
            raise NotImplementedError(f"cupy.random.RandomState.{name}: the stand-in lacks it")
        return lambda *args, dtype=None: self._draw(getattr(self._rng, name), args, dtype)

    def _draw(self, draw, args, dtype):
        found = np.asarray(draw(*map(plain, args)))
        return wrap(found.astype(dtype or found.dtype))


def default_rng(seed=None):
    return RandomState(seed, np.random.default_rng)


__getattr__ = lacking("cupy.random")
