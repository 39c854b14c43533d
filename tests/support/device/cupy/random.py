"""``cupy.random``: NumPy's generators with other streams, as a device's are other ones."""

import numpy as np
from stand_in import bind, lacking
from stand_in.contract import missing

from cupy._array import ndarray, unsupported, wrap

SHIFT = 0x5EED
"""Added to every seed: whoever counts on the host's numbers shall see it."""


class _Random:
    methods = "gamma permutation standard_normal"

    def __init__(self, seed=None):
        if seed is not None and not isinstance(seed, int | np.integer):
            raise TypeError("the stand-in's seeds are integers or None")
        self._rng = self.made(None if seed is None else (int(seed) + SHIFT) % 2**32)

    def __getattr__(self, name):
        owner = f"cupy.random.{type(self).__name__}"
        if name not in self.methods.split():
            raise missing(owner, name)

        def call(*args, dtype=None, **kwargs):
            bind(f"{owner}.{name}", (self, *args), kwargs | ({} if dtype is None else {"dtype": dtype}))
            if any(isinstance(each, np.ndarray) for each in args):
                unsupported(args[0])
            args = [each._a if isinstance(each, ndarray) else each for each in args]
            found = np.asarray(getattr(self._rng, name)(*args, **kwargs))
            return wrap(found if dtype is None else found.astype(dtype))

        return call


class RandomState(_Random):
    made = staticmethod(np.random.RandomState)


class Generator(_Random):
    methods = "standard_normal random gamma permutation integers"
    made = staticmethod(np.random.default_rng)


default_rng = Generator
__getattr__ = lacking("cupy.random")
