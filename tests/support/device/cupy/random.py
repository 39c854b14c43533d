"""``cupy.random``: NumPy's generators with other streams, as a device's are other ones."""

import numpy as np

from cupy._array import plain, wrap
from stand_in import lacking
from stand_in.contract import missing

SHIFT = 0x5EED
"""Added to every seed: whoever counts on the host's numbers shall see it."""


class RandomState:
    _made = staticmethod(np.random.RandomState)

    def __init__(self, seed=None):
        self._rng = self._made(None if seed is None else seed + SHIFT)

    def __getattr__(self, name):
        if name not in ("gamma", "permutation", "standard_normal"):
            raise missing(f"cupy.random.{type(self).__name__}", name)
        return lambda *args, **kwargs: self._draw(name, *args, **kwargs)

    def _draw(self, name, *args, dtype=None, **kwargs):
        found = np.asarray(getattr(self._rng, name)(*map(plain, args), **kwargs))
        return wrap(found.astype(dtype or found.dtype))


class Generator(RandomState):
    _made = staticmethod(np.random.default_rng)


default_rng = Generator
__getattr__ = lacking("cupy.random")
