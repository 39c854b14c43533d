"""Bridges between arrays and PyTorch's tensors."""

from etl.engine import Engine, engine_of
from etl.engine.types import Array, Tensor
from etl.handoff.cost import address, note


def to_torch(array: Array) -> Tensor:
    """The array as a torch tensor on the same device, through DLPack; zero copies.

    Writing into the tensor writes into the array. A read-only array is copied first, and that is recorded.
    """
    import torch

    engine = engine_of(array)
    start = address(array)
    if engine.name == "cpu" and not array.flags.writeable:
        array = array.copy()
    tensor = torch.from_dlpack(array)
    note(engine.xp.__name__, "torch", array.nbytes, "none" if address(tensor) == start else "device")
    return tensor


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
