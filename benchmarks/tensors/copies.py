"""Which copies PyTorch makes: a log of the operators that it dispatches."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

COPIES = ("aten.clone", "aten.copy_", "aten.contiguous", "aten._to_copy")
"""Operators that copy; a reshape that copies is dispatched as a clone."""


class CopyLog(TorchDispatchMode):
    """Keeps the storage that each copy is made from.

    Attributes
    ----------
    sources : list of int
        PyTorch's handles of the storages, one a copy; tensors on the meta device have them too.
    """

    def __init__(self) -> None:
        super().__init__()
        self.sources: list[int] = []

    def __torch_dispatch__(
        self,
        func: Callable[..., object],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, object] | None = None,
    ) -> object:
        """Note a copy, and let the operator do its work."""
        if str(func).startswith(COPIES):
            source = args[1] if str(func).startswith("aten.copy_") else args[0]
            self.sources.append(source.untyped_storage()._cdata)
        return func(*args, **(kwargs or {}))


def copies_of(tensor: torch.Tensor, work: Callable[[], object]) -> int:
    """How often the memory of a tensor is copied from while a function runs.

    Parameters
    ----------
    tensor : torch.Tensor
    work : callable
    """
    with CopyLog() as log:
        work()
    return log.sources.count(tensor.untyped_storage()._cdata)
