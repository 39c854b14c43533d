"""A device for PyTorch that is not there: `host_reads` is told of each operation on it.

A tensor on `DEVICE` lies in host memory and computes by the CPU's kernels; gradients, optimisers, collectives
and threads work. Recurrent layers compute cell by cell, where CUDA has one kernel. PyTorch is told of the
device when this is imported, which must be before the first ``backward`` of a process: work in a child, such
as those of `tests.support.ranks`.
"""

from functools import partial
from numbers import Number
from typing import Any, Self

import torch
from torch import Tensor
from torch.utils import _pytree as pytree
from torch.utils import backend_registration
from torch.utils._python_dispatch import return_and_correct_aliasing

from tests.support.device import host_reads
from tests.support.device.host_reads import aten, note

MADE = (
    aten.arange.default, aten.arange.start, aten.arange.start_step, aten.randperm.default,
    aten.randperm.generator, aten.linspace.default, aten.eye.default, aten.eye.m,
)  # fmt: skip
"""Would otherwise make an empty tensor and resize it, which a wrapper cannot."""


class _Module(backend_registration._DummyBackendModule):
    def get_amp_supported_dtype(self) -> list[torch.dtype]:
        return [torch.bfloat16, torch.float16]


backend_registration._setup_privateuseone_for_python_backend("stand_in", _Module())
DEVICE = torch.device("stand_in", 0)


class OnDevice(Tensor):
    """A tensor on `DEVICE`; ``host`` holds its values."""

    host: Tensor

    @staticmethod
    def __new__(cls, host: Tensor) -> Self:
        made = Tensor._make_wrapper_subclass(
            cls, host.shape, strides=host.stride(), storage_offset=host.storage_offset(),
            dtype=host.dtype, device=DEVICE,
        )  # fmt: skip
        made.host = host
        return made

    __torch_function__ = torch._C._disabled_torch_function_impl

    @classmethod
    def __torch_dispatch__(cls, op: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _run(op, *args, **(kwargs or {}))

    def tolist(self) -> Any:
        note("read", "tolist")
        return self.host.tolist()

    def numpy(self, *, force: bool = False) -> Any:
        raise TypeError("can't convert a tensor of the device to numpy. Use Tensor.cpu() first")

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return self.numpy()

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(value, Number) and host_reads.is_mask(key):
            self.masked_fill_(key, value)  # CUDA too fills a mask with a number, and reads nothing
            return
        keys = key if isinstance(key, tuple) else (key,)
        plain = isinstance(value, Number) and not any(isinstance(each, Tensor) for each in keys)
        if plain and self[key].ndim == 0:  # CUDA copies a number to one place; a stretch is filled
            note("upload", "one number set")
        super().__setitem__(key, value)

    def __repr__(self) -> str:  # type: ignore[override]
        return f"OnDevice({self.host!r})"


def _host(value: Any) -> Any:
    if isinstance(value, OnDevice):
        return value.host
    return torch.device("cpu") if isinstance(value, torch.device) and value.type == DEVICE.type else value


def _run(op: Any, *args: Any, **kwargs: Any) -> Any:
    """Every operation on a tensor of the device, and every one that makes such a tensor."""
    tensors = [each for each in pytree.tree_leaves((args, kwargs)) if isinstance(each, Tensor)]
    host_reads.check(op, args, kwargs, [each for each in tensors if not isinstance(each, OnDevice)])
    plain, named = pytree.tree_map(_host, (args, kwargs))
    found = KERNELS.get(op, op)(*plain, **named)
    if any(each.shape != each.host.shape for each in tensors if isinstance(each, OnDevice)):
        raise NotImplementedError(f"{op} resizes a tensor; give it one of the right size")
    if host_reads.to_host(op, args, kwargs):
        return args[0] if op.overloadpacket is aten.copy_ else found
    return return_and_correct_aliasing(op, args, kwargs, pytree.tree_map_only(Tensor, OnDevice, found))


def _lstm_cell(
    fed: Tensor, kept: Tensor, cell: Tensor, fed_bias: Tensor | None = None, kept_bias: Tensor | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    gates = fed + kept if fed_bias is None or kept_bias is None else fed + fed_bias + kept + kept_bias
    i, f, g, o = gates.chunk(4, dim=1)
    i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
    new = f * cell + i * g
    return o * new.tanh(), new, torch.cat([i, f, g, o], dim=1)


def _lstm_cell_backward(
    grad: Tensor | None, grad_cell: Tensor | None, cell: Tensor, new: Tensor, gates: Tensor, bias: bool
) -> tuple[Tensor, Tensor, Tensor | None]:
    (i, f, g, o), bent = gates.chunk(4, dim=1), new.tanh()
    grad = torch.zeros_like(new) if grad is None else grad
    inner = grad * o * (1 - bent**2) + (0 if grad_cell is None else grad_cell)
    parts = (
        inner * g * i * (1 - i),
        inner * cell * f * (1 - f),
        inner * i * (1 - g**2),
        grad * bent * o * (1 - o),
    )
    found = torch.cat(parts, dim=1)
    return found, inner * f, found.sum(0) if bias else None


KERNELS = {
    aten._thnn_fused_lstm_cell.default: _lstm_cell,
    aten._thnn_fused_lstm_cell_backward_impl.default: _lstm_cell_backward,
}
"""Of operations that the CPU lacks."""


def _told(make: Any) -> Any:
    """As PyTorch's function that makes a tensor of Python's numbers, but its copy to the device is seen."""

    def told(*args: Any, device: Any = None, **options: Any) -> Tensor:
        if device is None or torch.device(device).type != DEVICE.type:
            return make(*args, device=device, **options)
        return make(*args, **options).to(device)

    return told


torch.tensor, torch.as_tensor = _told(torch.tensor), _told(torch.as_tensor)
_LIBRARIES = torch.library.Library("_", "IMPL"), torch.library.Library("aten", "IMPL")
_LIBRARIES[0].fallback(_run, "PrivateUse1")
for _made in MADE:
    _LIBRARIES[1].impl(_made, partial(_run, _made), "PrivateUse1")
