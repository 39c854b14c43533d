"""Random bits that are the same on every machine and device, and what zeros are sent as."""

from typing import Literal

import torch

from etl.engine.types import TorchDevice

Zeros = Literal["random", "rotate", "plus"]
"""Sign of a zero: a hash of coordinate, step and seed; the parity of their sum; or always plus."""

_ODD = -(2**64 // 3 + 1)  # 0xAAAA...: the odd bits
_GOLDEN, _MIX1, _MIX2 = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


def filling(zeros: Zeros, step: int, seed: int) -> tuple[int, int | None]:
    """What zeros are sent with.

    Parameters
    ----------
    zeros : {"random", "rotate", "plus"}
    step, seed : int

    Returns
    -------
    word : int
        For every word, as an int64; 0 where there is a key.
    key : int or None
        Of `random_words`.

    Raises
    ------
    ValueError
        No such rule.
    """
    if zeros == "random":
        return 0, key_of(step, seed)
    if zeros == "rotate":
        return (~_ODD if (step + seed) % 2 else _ODD), None
    if zeros == "plus":
        return 0, None
    raise ValueError(f"zeros is {zeros!r}; it must be one of random, rotate, plus")


def key_of(step: int, seed: int) -> int:
    """Key of a step and a seed, int64: SplitMix64's output (see `etl.hashing.mix`) twice.

    Parameters
    ----------
    step, seed : int
        Any whole numbers; read modulo 2**64.

    Examples
    --------
    >>> key_of(0, 0) == key_of(1, 0)
    False
    """
    return _signed(_mixed(_mixed(seed) ^ step))


def _mixed(value: int) -> int:
    z = (value + _GOLDEN) % 2**64
    z = ((z ^ (z >> 30)) * _MIX1) % 2**64
    z = ((z ^ (z >> 27)) * _MIX2) % 2**64
    return z ^ (z >> 31)


def _signed(value: int) -> int:
    return value - 2**64 if value >= 2**63 else value


def random_words(count: int, key: int, first: int = 0, device: TorchDevice = None) -> torch.Tensor:
    """Random bits of words ``first`` to ``first + count - 1``: SplitMix64 of (word xor key).

    Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014, figure 16.

    Parameters
    ----------
    count : int
        Words.
    key : int
        By `key_of`.
    first : int
        Index of the first word.
    device : torch.device, optional

    Returns
    -------
    int64 tensor, shape (count,)
    """
    z = torch.arange(first, first + count, device=device).bitwise_xor_(key).add_(_signed(_GOLDEN))
    z.bitwise_xor_((z >> 30) & (2**34 - 1)).mul_(_signed(_MIX1))
    z.bitwise_xor_((z >> 27) & (2**37 - 1)).mul_(_signed(_MIX2))
    return z.bitwise_xor_((z >> 31) & (2**33 - 1))
