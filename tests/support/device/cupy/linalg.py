"""``cupy.linalg`` by NumPy's."""

import numpy as _np

from cupy._functions import _function
from stand_in import exists, names

LinAlgError = _np.linalg.LinAlgError
for _name in names("cupy.linalg"):
    if _name not in globals() and callable(getattr(_np.linalg, _name, None)):
        globals()[_name] = _function("cupy.linalg", _name, getattr(_np.linalg, _name))


def __getattr__(name):
    if exists(f"cupy.linalg.{name}"):
        raise NotImplementedError(f"cupy.linalg.{name} is in the real CuPy; the stand-in lacks it")
    raise AttributeError(f"module 'cupy.linalg' has no attribute '{name}'")
