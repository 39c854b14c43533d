"""The wire format by the fastest means: Triton on CUDA, compiled loops on a CPU, or plain PyTorch.

Which one is read off the tensors. All give the same bits. A worker's step is `finite`, `momentum_pack_`, the
exchange of words and flags, `majority`, `apply_`.
"""

import importlib
import importlib.util
from collections.abc import Sequence
from functools import cache
from types import ModuleType
from typing import Any

import torch

from models.signsgd import bitpack
from models.signsgd import majority as counting
from models.signsgd.bitpack import CHUNK, WORD, bytes_of, finite, unpack, words_of
from models.signsgd.majority import Ties
from models.signsgd.zero_signs import Zeros, filling

__all__ = ["apply_", "bytes_of", "finite", "majority", "momentum_pack_", "pack", "unpack", "words_of"]


@cache
def kernels(device: str) -> ModuleType | None:
    """Compiled kernels for tensors of "cpu" or "cuda"; None where their package is missing."""
    package = {"cpu": "numba", "cuda": "triton"}.get(device)
    if package is None or importlib.util.find_spec(package) is None:
        return None
    return importlib.import_module(f"models.signsgd.kernels_{package}")


def kernels_of(*tensors: torch.Tensor) -> ModuleType | None:
    """Kernels that take these tensors: float32, contiguous, on one device."""
    device = tensors[0].device
    fit = all(t.dtype == torch.float32 and t.is_contiguous() and t.device == device for t in tensors)
    return kernels(device.type) if fit else None


def pack(values: torch.Tensor, zeros: Zeros = "random", *, step: int = 0, seed: int = 0) -> torch.Tensor:
    """Signs of a vector as words: `models.signsgd.bitpack.pack`, as fast as the device can.

    Parameters
    ----------
    values, zeros, step, seed
        See there.

    Returns
    -------
    tensor of ceil(n / 64) int64

    Examples
    --------
    >>> pack(torch.tensor([1.0, -2.0, -0.5])).tolist()
    [6]
    """
    flat = values.detach().reshape(-1)
    fast = kernels_of(flat)
    if fast is None:
        return bitpack.pack(flat, zeros, step=step, seed=seed)
    words = torch.empty(words_of(len(flat)), dtype=torch.int64, device=flat.device)
    if len(flat):
        fast.pack(flat, *filling(zeros, step, seed), words)
    return words


@torch.no_grad()
def momentum_pack_(
    momentum: torch.Tensor,
    grad: torch.Tensor,
    beta: float = 0.9,
    zeros: Zeros = "random",
    *,
    step: int = 0,
    seed: int = 0,
) -> torch.Tensor:
    """A worker's momentum in place, v = beta v + (1 - beta) g, and its signs as words.

    Source: ICLR 2019 algorithm 1 (see `models.signsgd.majority`); momentum stays with the worker.

    Parameters
    ----------
    momentum, grad : tensors of as many floats
        ``momentum`` is contiguous. ``grad`` is `finite`: else leave the momentum alone and abstain.
    beta : float
    zeros, step, seed
        See `models.signsgd.bitpack.pack`.

    Returns
    -------
    tensor of ceil(n / 64) int64

    Raises
    ------
    ValueError
        The two differ in length.

    Examples
    --------
    >>> momentum = torch.tensor([1.0, -1.0])
    >>> momentum_pack_(momentum, torch.tensor([-2.0, -2.0]), beta=0.5).tolist(), momentum.tolist()
    ([3], [-0.5, -1.5])
    """
    flat, change = momentum.view(-1), grad.reshape(-1)
    if len(flat) != len(change):
        raise ValueError(f"momentum has {len(flat)} coordinates and the gradient {len(change)}")
    fast = kernels_of(flat, change)
    if fast is None:
        size = CHUNK if flat.device.type == "cpu" else max(len(flat), 1)
        for start in range(0, len(flat), size):
            part = flat[start : start + size]
            part.mul_(beta).add_(change[start : start + size].to(part.dtype) * (1 - beta))
        return bitpack.pack(flat, zeros, step=step, seed=seed)
    words = torch.empty(words_of(len(flat)), dtype=torch.int64, device=flat.device)
    if len(flat):
        fast.momentum_pack(flat, change, beta, *filling(zeros, step, seed), words)
    return words


def majority(
    words: torch.Tensor,
    ties: Ties = "rotate",
    *,
    step: int = 0,
    seed: int = 0,
    abstained: Sequence[bool] | torch.Tensor | None = None,
    first: int = 0,
) -> Any:
    """The vote of all workers: `models.signsgd.majority.majority`, as fast as the device can.

    Parameters
    ----------
    words, ties, step, seed, abstained, first
        See there.

    Returns
    -------
    int64 tensor, shape (W,); or with "abstain" two such, the vote and its mask

    Examples
    --------
    >>> majority(torch.tensor([[0b110], [0b010], [0b011]])).item()
    2
    """
    fast = kernels(words.device.type) if words.is_cuda else None
    if fast is None:
        return counting.majority(words, ties, step=step, seed=seed, abstained=abstained, first=first)
    voters = counting.voting(words, ties, abstained)
    if not 0 < len(voters) <= fast.MOST:
        return counting.majority(words, ties, step=step, seed=seed, abstained=abstained, first=first)
    even = len(voters) % 2 == 0
    extra = counting.tie_breaker(words, voters, ties, step, seed, first) if even else None
    mask = torch.full_like(words[0], -1) if ties == "abstain" else None
    rows = words if len(voters) == len(words) else words[voters]
    vote = fast.majority(rows.contiguous(), extra, mask if even else None)
    return vote if mask is None else (vote, mask)


@torch.no_grad()
def apply_(
    params: torch.Tensor | Sequence[torch.Tensor],
    words: torch.Tensor,
    lr: float,
    *,
    weight_decay: float = 0.0,
    mask: torch.Tensor | None = None,
    first: int = 0,
) -> None:
    """Update parameters from bits, in place: x = x (1 - lr wd) - lr s, with no +-1 tensor of their size.

    Source: ICLR 2019 algorithm 1, x = x - lr (sign(V) + wd x).

    Parameters
    ----------
    params : tensor, or tensors whose coordinates follow each other
        Coordinates in row-major order.
    words : int64 tensor
    lr, weight_decay : float
    mask : int64 tensor like words, optional
        Coordinates whose bit is 0 have s = 0.
    first : int
        Coordinate of the words that the parameters begin with.

    Raises
    ------
    ValueError
        The words hold fewer coordinates than the parameters.

    Examples
    --------
    >>> params = torch.zeros(3)
    >>> apply_(params, torch.tensor([6]), lr=0.5)
    >>> params.tolist()
    [-0.5, 0.5, 0.5]
    """
    for tensor in [params] if isinstance(params, torch.Tensor) else params:
        flat = tensor.detach().reshape(-1)
        if first + len(flat) > len(words) * WORD:
            raise ValueError(
                f"words hold {len(words) * WORD} coordinates; parameters end at {first + len(flat)}"
            )
        _update(flat, words, mask, first, lr, 1 - lr * weight_decay)
        if not tensor.is_contiguous():
            tensor.copy_(flat.view_as(tensor))
        first += len(flat)


def _update(
    flat: torch.Tensor, words: torch.Tensor, mask: torch.Tensor | None, first: int, lr: float, decay: float
) -> None:
    fast = kernels_of(flat)
    if fast is not None and len(flat):
        fast.update(flat, words, mask, first, lr, decay)
        return
    size = CHUNK if flat.device.type == "cpu" else max(len(flat), 1)
    for start in range(0, len(flat), size):
        part = flat[start : start + size]
        skip = (first + start) % WORD
        some = slice((first + start) // WORD, words_of(first + start + len(part)))
        move = unpack(words[some], skip + len(part), flat.dtype, None if mask is None else mask[some])
        part.mul_(decay).sub_(move[skip:].mul_(lr))
