"""Memory that PyTorch's operators take, by the life of what they return."""

import weakref

from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class MemoryLog(TorchDispatchMode):
    """Counts bytes of storages that operators return, from then until they are freed."""

    def __init__(self):
        super().__init__()
        self.now = self.peak = 0
        self.known = set()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        given = {
            x.untyped_storage().data_ptr()
            for x in tree_leaves((args, kwargs))
            if hasattr(x, "untyped_storage")
        }
        made = func(*args, **(kwargs or {}))
        for x in tree_leaves(made):
            storage = x.untyped_storage()
            address = storage.data_ptr()
            if address not in given | self.known:
                self.known.add(address)
                self.now += storage.nbytes()
                self.peak = max(self.peak, self.now)
                weakref.finalize(storage, self.freed, address, storage.nbytes())
        return made

    def freed(self, address, size):
        self.known.discard(address)
        self.now -= size
