"""What decompositions take: real finite numbers, modes that are not empty, ranks that fit."""

from collections.abc import Sequence
from math import isfinite

import numpy as np

from etl.engine.types import Array
from models.tensors.arrays import contiguous, is_torch, namespace, placed, read

Rank = int | Sequence[int] | str
"""One for all modes, one a mode, or the name of a way to choose it."""


def stacked(tensor: Array, batch: bool, mask: Array | None = None) -> tuple[Array, Array | None]:
    """The tensor with a leading batch axis, in a floating type, and what was seen of it as ones and zeros.

    What was not seen is zero. One look at the numbers, for infinite ones, is a read by the host.

    Parameters
    ----------
    tensor : array, shape (n_1, ..., n_N), or with ``batch`` (tensors, n_1, ..., n_N)
    batch : bool
        Whether the first axis counts tensors.
    mask : bool array, shape of the tensor, optional
        True where it was seen.

    Raises
    ------
    ValueError
        It is complex, has fewer than two modes or an empty one, holds NaN that the mask does not cover, or
        the mask has another shape or shows nothing.
    """
    _check_shape(tensor, batch)
    x = contiguous(_floating(tensor if batch else tensor[None]))
    if mask is None:
        _check_finite(x, "give a mask that is False there")
        return x, None
    if tuple(mask.shape) != tuple(tensor.shape):
        raise ValueError(f"the mask has shape {tuple(mask.shape)}, the tensor {tuple(tensor.shape)}")
    xp = namespace(x)
    seen = beside(mask if batch else mask[None], x) != 0
    x = xp.where(seen, x, xp.zeros_like(x))
    _check_finite(x, "the mask has to be False there")
    if not all(read([seen.reshape(len(seen), -1).any(1).all() * 1.0])):
        raise ValueError("the mask shows no entry of a tensor: nothing can be learnt from it")
    return x, xp.asarray(seen, dtype=x.dtype) if not is_torch(x) else seen.to(x.dtype)


def beside(mask: Array, like: Array) -> Array:
    """A mask where a tensor lies; one of the host is uploaded.

    Parameters
    ----------
    mask, like : array
        NumPy's mask goes with any tensor.
    """
    if isinstance(mask, np.ndarray):
        return placed(mask, like, whole=True)
    if is_torch(like):
        return namespace(like).asarray(mask, device=like.device)
    return namespace(like).asarray(mask)


def _check_shape(tensor: Array, batch: bool) -> None:
    shape = tuple(tensor.shape)
    if len(shape) < 2 + batch:
        kind = "a batch of tensors" if batch else "a tensor"
        raise ValueError(f"{kind} of shape {shape} has fewer than two modes")
    if 0 in shape:
        what = "the batch" if batch and not shape[0] else f"mode {shape.index(0) - batch}"
        raise ValueError(f"a tensor of shape {shape} is empty: {what} has no entry")


def _floating(x: Array) -> Array:
    """The same numbers as float32 or float64."""
    xp = namespace(x)
    kind = str(x.dtype).rpartition(".")[2]
    if kind.startswith("complex"):
        raise ValueError(
            f"a tensor of {kind} is not decomposed: stack its real and imaginary parts as a mode"
        )
    if kind in ("float32", "float64"):
        return x
    if kind in ("object", "str") or kind.startswith(("datetime", "timedelta", "<", "|")):
        raise ValueError(f"a tensor of {kind} holds no numbers")
    wanted = xp.float32 if kind in ("float16", "bfloat16") else xp.float64
    return x.to(wanted) if is_torch(x) else x.astype(wanted)


def _check_finite(x: Array, remedy: str) -> None:
    flat = x.reshape(-1)
    # A sum of squares is one product, and finite unless a number is not, or is huge.
    if isfinite(read([flat @ flat])[0]):
        return
    bad = int(read([(~namespace(x).isfinite(x)).sum() * 1.0])[0])
    if bad:
        raise ValueError(f"the tensor holds {bad} entries that are NaN or infinite: {remedy}")


def mode_ranks(shape: Sequence[int], rank: int | Sequence[int]) -> list[int]:
    """Tucker's ranks, one a mode.

    Parameters
    ----------
    shape : sequence of int
        Of one tensor.
    rank : int or sequence of int
        The same for all modes, or one each.

    Raises
    ------
    ValueError
        A rank is below 1 or above its mode's size, or there are more or fewer than modes.

    Examples
    --------
    >>> mode_ranks((4, 5, 6), 3)
    [3, 3, 3]
    """
    ranks = [rank] * len(shape) if isinstance(rank, int | np.integer) else list(rank)
    if len(ranks) != len(shape):
        raise ValueError(f"{len(ranks)} ranks were given for {len(shape)} modes")
    for mode, (size, each) in enumerate(zip(shape, ranks, strict=True)):
        if not 1 <= each <= size:
            fit = tuple(min(max(each, 1), size) for size, each in zip(shape, ranks, strict=True))
            raise ValueError(f"rank {each} does not fit mode {mode} of size {size}; ranks that fit are {fit}")
    return [int(each) for each in ranks]


def check_cp_rank(rank: int) -> int:
    """The rank of a CP decomposition, which may be above every mode's size.

    Parameters
    ----------
    rank : int

    Raises
    ------
    ValueError
        It is not a whole number of at least 1.
    """
    if isinstance(rank, bool) or not isinstance(rank, int | np.integer) or rank < 1:
        raise ValueError(f"the rank of a CP decomposition is a whole number of at least 1, not {rank!r}")
    return int(rank)


def draws(seed: int, shape: Sequence[int], like: Array) -> Array:
    """Normal numbers of the type and place of an array, the same on each engine.

    Parameters
    ----------
    seed : int
    shape : sequence of int
    like : array
    """
    return placed(np.random.default_rng(seed).normal(size=tuple(shape)), like)
