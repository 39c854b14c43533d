"""Memory resources of the current device."""


class CudaAsyncMemoryResource:
    """CUDA's own pool."""


_current: list[CudaAsyncMemoryResource] = []


def set_current_device_resource(mr: CudaAsyncMemoryResource) -> None:
    """Take memory from a resource from here on."""
    _current[:] = [mr]
