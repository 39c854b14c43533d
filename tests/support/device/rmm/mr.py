"""Memory resources of the current device; none of managed memory."""


class CudaAsyncMemoryResource:
    """CUDA's own pool."""


_current = []


def set_current_device_resource(mr):
    """Take memory from a resource from here on."""
    if not isinstance(mr, CudaAsyncMemoryResource):
        raise TypeError(f"Argument 'mr' has incorrect type: {type(mr).__name__}")
    _current[:] = [mr]


def get_current_device_resource():
    return _current[-1] if _current else None
