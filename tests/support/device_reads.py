"""Finds where code waits for a number of the device: it stops the host, and no graph can hold it."""

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

READS = ("_local_scalar_dense", "is_nonzero", "item", "equal", "nonzero")


class Reads(TorchDispatchMode):
    """Counts operators that wait for a number of the device."""

    def __init__(self):
        super().__init__()
        self.found = []

    def __enter__(self):
        self.patch = pytest.MonkeyPatch()
        whole = torch.Tensor.tolist
        # It reads memory past the dispatcher.
        self.patch.setattr(torch.Tensor, "tolist", lambda x: self.found.append("tolist") or whole(x))
        return super().__enter__()

    def __exit__(self, *error):
        self.patch.undo()
        return super().__exit__(*error)

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        name = function.overloadpacket.__name__
        if name in READS:
            self.found.append(name)
        return function(*args, **(kwargs or {}))
