"""A stand-in for CuPy on a machine without a GPU: strict as the real one, computed by NumPy."""

import sys
from types import ModuleType, SimpleNamespace

from stand_in import lacking

from cupy import lib, linalg, random
from cupy._functions import API

__version__ = "14.2.0"
__all__ = ["cuda", "lib", "linalg", "random", *API]
__getattr__ = lacking("cupy")
IS_STAND_IN = "the stand-in"
cuda = sys.modules["cupy.cuda"] = ModuleType("cupy.cuda")
cuda.is_available = lambda: True
_FACTS = {"name": b"a stand-in, no GPU", "totalGlobalMem": 16 << 30, "major": 9, "minor": 0}
cuda.runtime = SimpleNamespace(
    getDeviceCount=lambda: 1,
    memGetInfo=lambda: (8 << 30, 16 << 30),
    getDeviceProperties=lambda device: _FACTS,
    driverGetVersion=lambda: 13000,
    runtimeGetVersion=lambda: 13000,
)
globals().update(API)
