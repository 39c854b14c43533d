"""A stand-in for CuPy on a machine without a GPU: strict as the real one, computed by NumPy."""

import sys
from types import ModuleType, SimpleNamespace

from stand_in import lacking

from cupy._array import ndarray
from cupy._functions import API

__version__ = "14.2.0"
IS_STAND_IN = "the stand-in"
globals().update(API)

cuda = ModuleType("cupy.cuda")
cuda.is_available = lambda: True
cuda.runtime = SimpleNamespace(
    getDeviceCount=lambda: 1,
    memGetInfo=lambda: (8 << 30, 16 << 30),
    getDeviceProperties=lambda device: {
        **{"name": b"a stand-in, no GPU", "totalGlobalMem": 16 << 30},
        **{"major": 9, "minor": 0},
    },
    driverGetVersion=lambda: 13000,
    runtimeGetVersion=lambda: 13000,
)
sys.modules["cupy.cuda"] = cuda

from cupy import linalg, random  # noqa: E402

__all__ = ["cuda", "linalg", "random", *API]
__getattr__ = lacking("cupy")
