"""A stand-in for CuPy on a machine without a GPU: strict as the real one, computed by NumPy."""

import sys
import types

from cupy._array import _Device
from cupy._functions import API
from stand_in import exists

__version__ = "14.2.0"
IS_STAND_IN = True
globals().update(API)


class _Runtime(types.ModuleType):
    """One pretended device."""

    def getDeviceCount(self):  # noqa: N802
        return 1

    def memGetInfo(self):  # noqa: N802
        return 8 << 30, 16 << 30

    def getDeviceProperties(self, device):  # noqa: N802
        return {"name": b"a stand-in, no GPU", "totalGlobalMem": 16 << 30, "major": 9, "minor": 0}

    def driverGetVersion(self):  # noqa: N802
        return 13000

    def runtimeGetVersion(self):  # noqa: N802
        return 13000

    def deviceSynchronize(self):  # noqa: N802
        return None


cuda = types.ModuleType("cupy.cuda")
cuda.runtime = _Runtime("cupy.cuda.runtime")
cuda.is_available = lambda: True
cuda.Device = _Device
sys.modules["cupy.cuda"], sys.modules["cupy.cuda.runtime"] = cuda, cuda.runtime

from cupy import linalg, random  # noqa: E402


def __getattr__(name):
    if exists(f"cupy.{name}"):
        raise NotImplementedError(f"cupy.{name} is in the real CuPy; the stand-in lacks it")
    raise AttributeError(f"module 'cupy' has no attribute '{name}'")
