"""Memory resources of the current device: the driver's own pool, and none of managed memory."""

from stand_in import lacking

_current = []


class CudaAsyncMemoryResource:
    """CUDA's own pool."""


def set_current_device_resource(mr):
    """Take memory from a resource from here on."""
    _current[:] = [mr]


def get_current_device_resource():
    return _current[-1] if _current else None


__getattr__ = lacking("rmm.mr")
