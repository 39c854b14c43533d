"""Bridges between arrays and PyTorch's tensors."""

import numpy as np

from etl.engine import Engine, engine_of
from etl.engine.types import Array, Tensor, TorchDevice
from etl.handoff.cost import address, note


def to_torch(array: Array) -> Tensor:
    """The array as a torch tensor on the same device, through DLPack; zero copies.

    Writing into the tensor writes into the array. What torch cannot share is copied first, and that is
    recorded: a read-only array, one that is read backwards, or one of another byte order.

    Raises
    ------
    ValueError
        The array holds no numbers.
    """
    import torch

    engine = engine_of(array)
    start = address(array)
    if engine.name == "cpu":
        array = _shared(array)
    elif min(array.strides, default=0) < 0:
        array = array.copy()
    tensor = torch.from_dlpack(array)
    note(engine.xp.__name__, "torch", array.nbytes, "none" if address(tensor) == start else "device")
    return tensor


def _shared(array: np.ndarray) -> np.ndarray:
    """The array, or a copy that torch takes: a step backwards would end the process, and not raise."""
    if array.dtype.kind not in "biufc":
        raise ValueError(f"an array of {array.dtype} holds no numbers; convert it to floats or integers")
    odd = any(step < 0 or step % array.itemsize for step in array.strides)
    if array.flags.writeable and array.dtype.isnative and not odd:
        return array
    return array.astype(array.dtype.newbyteorder("="), order="C")


def from_torch(tensor: Tensor, engine: Engine) -> Array:
    """A tensor as an array of the engine that its data came from, where it lies; one copy if it has strides.

    Parameters
    ----------
    tensor : torch.Tensor
    engine : Engine
        Whose array is wanted.

    Raises
    ------
    BufferError, RuntimeError
        The tensor is not in that engine's memory.
    """
    dense = tensor.detach().contiguous()
    array = dense.numpy() if engine.name == "cpu" else engine.xp.from_dlpack(dense)
    same = address(array) == address(tensor)
    note("torch", engine.xp.__name__, array.nbytes, "none" if same else "device")
    return array


def on_device(array: np.ndarray, device: TorchDevice) -> Tensor:
    """A host array as a tensor on a device of torch: an upload to a GPU that is not waited for.

    On the CPU the tensor shares the memory of the array.

    Parameters
    ----------
    array : numpy.ndarray
        One with strides is copied.
    device : torch.device
    """
    import torch

    tensor = torch.from_numpy(np.ascontiguousarray(array)).to(device, non_blocking=True)
    if tensor.device.type == "cpu":
        copies = "none" if address(tensor) == address(array) else "device"
    else:
        copies = "host"
    note("numpy", "torch", tensor.nbytes, copies)
    return tensor


def on_host(tensor: Tensor) -> Tensor:
    """A tensor in host memory: a result leaving the device. Costs nothing on the CPU."""
    if tensor.device.type != "cpu":
        note("torch", "torch on the host", tensor.nbytes, "host")
    return tensor.cpu()


def beside(tensor: Tensor, other: Tensor) -> Tensor:
    """A tensor on the device of another: a crossing where that is not its own, else nothing.

    Parameters
    ----------
    tensor, other : torch.Tensor
    """
    if tensor.device == other.device:
        return tensor
    note(f"torch on {tensor.device.type}", f"torch on {other.device.type}", tensor.nbytes, "host")
    return tensor.to(other.device)
