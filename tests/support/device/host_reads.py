"""Counts how often the host waits for PyTorch's device, and refuses what mixes the two, with the caller.

`tests.support.device.torch_device` calls `check` for each operation that touches its device. Noted are:

- ``read``: the host asks for a value, or for a shape that depends on values (``item``, ``tolist``, ``if``,
  ``nonzero``, an index by a mask, ``unique``, ``equal``, ``.cpu()``);
- ``upload``: the host's memory is copied to the device. PyTorch then waits for the stream, unless
  ``non_blocking`` is set (``torch.tensor(..., device=)``, ``.to(device)``, an index in host memory,
  ``x[0] = 1``).
"""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

ROOT, HERE = f"{Path(__file__).parents[3]}/", str(Path(__file__).parent)
aten = torch.ops.aten
READS = {
    aten._local_scalar_dense, aten.item, aten.is_nonzero, aten.equal, aten.allclose, aten.nonzero,
    aten.argwhere, aten.masked_select, aten._unique, aten._unique2, aten.unique_dim,
    aten.unique_consecutive, aten.unique_dim_consecutive, aten.bincount, aten._linalg_check_errors,
}  # fmt: skip
INDEX = {aten.index, aten.index_put, aten.index_put_, aten._unsafe_index, aten._index_put_impl_}
COPIES = {aten._to_copy, aten.copy_}
FROM_HOST = {aten._fused_adam_, aten._fused_adamw_}
"""May be given tensors of the host: rates."""


class Waits(Counter[tuple[str, str, str, int, str]]):
    """Times of each ``(kind, operation, file, line, function)``; where no file asked, the loop's name."""

    loop = ""

    def functions(self, *kinds: str) -> dict[str, int]:
        """Times of each ``"file function"``, of these kinds or of all."""
        found: Counter[str] = Counter()
        for (kind, _, file, _, function), times in self.items():
            if kind in kinds or not kinds:
                found[f"{file} {function}"] += times
        return dict(found)

    def __str__(self) -> str:
        rows = [f"{n:5} {kind:6} {what:22} {file}:{line} {function}"
                for (kind, what, file, line, function), n in sorted(self.items())]  # fmt: skip
        return "\n".join(rows)


_OPEN: list[Waits] = []


@contextmanager
def counting(loop: str) -> Iterator[Waits]:
    """Waits for the device inside, in all threads."""
    waits = Waits()
    waits.loop = loop
    _OPEN.append(waits)
    try:
        yield waits
    finally:
        _OPEN[:] = [other for other in _OPEN if other is not waits]


def note(kind: str, what: str) -> None:
    """Count one wait for the nearest caller in the project."""
    frame = sys._getframe(1)
    while frame is not None and not _in_project(frame.f_code.co_filename):
        frame = frame.f_back
    for waits in _OPEN:
        place = (waits.loop, 0, "")
        if frame is not None:
            code = frame.f_code
            place = (code.co_filename.removeprefix(ROOT), frame.f_lineno, code.co_qualname)
        waits[(kind, what, *place)] += 1


def _in_project(file: str) -> bool:
    return file.startswith(ROOT) and not file.startswith(HERE) and "site-packages" not in file


def check(op: Any, args: Sequence[Any], kwargs: dict[str, Any], here: Sequence[Tensor]) -> None:
    """Note what an operation on the device waits for.

    Parameters
    ----------
    op : OpOverload
    args, kwargs
        What it was given.
    here : sequence of tensors
        Those of them that lie in host memory.

    Raises
    ------
    RuntimeError
        One of these is no single number, and CUDA would refuse it.
    """
    packet = op.overloadpacket
    if packet in COPIES:
        _copy(packet, args, kwargs, here)
        return
    if packet in READS or (op is aten.repeat_interleave.Tensor and "output_size" not in kwargs):
        note("read", packet.__name__)
    if packet in INDEX:
        keys = [key for key in args[1] if key is not None]
        if any(is_mask(key) for key in keys):
            note("read", "index by a mask")
        if any(key.device.type == "cpu" for key in keys):
            note("upload", "index in host memory")
        here = [each for each in args[2:3] if each.device.type == "cpu"]
    if packet is aten.where and here:
        note("upload", "number in where")
    if packet not in FROM_HOST and op.namespace == "aten" and any(each.ndim for each in here):
        raise RuntimeError(f"Expected all tensors to be on the same device; {op} was given one of the host")


def is_mask(key: object) -> bool:
    """Whether an index is a mask."""
    return isinstance(key, Tensor) and key.dtype in (torch.bool, torch.uint8)


def to_host(op: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> bool:
    """Whether an operation copies from the device to the host."""
    if op.overloadpacket is aten.copy_:
        return args[0].device.type == "cpu"
    device = kwargs.get("device") if op.overloadpacket is aten._to_copy else None
    return device is not None and device.type == "cpu" and args[0].device.type != "cpu"


def _copy(packet: Any, args: Sequence[Any], kwargs: dict[str, Any], here: Sequence[Tensor]) -> None:
    waits = not kwargs.get("non_blocking", len(args) > 2 and args[2])
    if packet is aten._to_copy:
        kind = "read" if str(kwargs.get("device", "")) == "cpu" else ""
    else:
        kind = "" if not here else "read" if args[0].device.type == "cpu" else "upload"
    if kind == "read" or (kind and waits):
        note(kind, packet.__name__)
