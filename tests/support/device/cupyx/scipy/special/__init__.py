"""``cupyx.scipy.special``: the real one's names only, computed by SciPy."""

import numpy as _np
import scipy.special as _scipy

from cupy._functions import _function, ufunc
from stand_in import exists, names
from stand_in.contract import entry

for _name in names("cupyx.scipy.special"):
    _found = getattr(_scipy, _name, None)
    if isinstance(_found, _np.ufunc) and "ufunc" in entry(f"cupyx.scipy.special.{_name}"):
        globals()[_name] = ufunc(_name, _found)
    elif callable(_found) and "parameters" in entry(f"cupyx.scipy.special.{_name}"):
        globals()[_name] = _function("cupyx.scipy.special", _name, _found)


def __getattr__(name):
    if exists(f"cupyx.scipy.special.{name}"):
        raise NotImplementedError(f"cupyx.scipy.special.{name} is in the real CuPy; the stand-in lacks it")
    raise AttributeError(f"module 'cupyx.scipy.special' has no attribute '{name}'")
