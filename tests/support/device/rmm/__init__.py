"""A stand-in for RMM: which memory resource is set, and none of managed memory."""

import sys
from types import ModuleType

from stand_in import lacking

mr = sys.modules["rmm.mr"] = ModuleType("rmm.mr")
mr.__getattr__ = lacking("rmm.mr")
mr.CudaAsyncMemoryResource = type("CudaAsyncMemoryResource", (), {})
mr.set_current_device_resource = lambda resource: None
