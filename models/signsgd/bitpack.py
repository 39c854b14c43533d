"""The wire format: one bit a coordinate, in words of 64, in plain PyTorch.

A vector of n coordinates is ceil(n / 64) int64 words. Bit k of word w is coordinate 64 w + k: 1 where it is
negative. Padding bits are 0. Bytes are little-endian, as on every machine PyTorch is built for with CUDA.

Zeros: 0.0 and -0.0 are one number, and `Zeros` says which sign it is sent with. NaN and infinities have no
sign: a worker whose vector is not `finite` abstains, and its flag travels beside the words.
"""

import math
from collections.abc import Sequence

import torch

from models.signsgd.zero_signs import Zeros, filling, random_words

WORD = 64
"""Coordinates of a word."""
CHUNK = 1 << 17
"""Coordinates unpacked at a time on a CPU, so that +-1 stays in the cache and never fills memory."""

_ONE = {
    torch.float64: (torch.int64, 0x3FF0 << 48),
    torch.float32: (torch.int32, 0x3F80 << 16),
    torch.bfloat16: (torch.int16, 0x3F80),
    torch.float16: (torch.int16, 0x3C00),
}


def words_of(n: int) -> int:
    """Words that hold n coordinates.

    Examples
    --------
    >>> words_of(0), words_of(64), words_of(65)
    (0, 1, 2)
    """
    return -(-n // WORD)


def bytes_of(n: int) -> int:
    """Bytes that n coordinates take on the wire, a whole number of words.

    Examples
    --------
    >>> bytes_of(25_557_032)
    3194632
    """
    return 8 * words_of(n)


def finite(values: torch.Tensor) -> bool:
    """Whether no coordinate is NaN or infinite; asked of the gradient, before momentum and packing.

    Examples
    --------
    >>> finite(torch.ones(3)), finite(torch.tensor([1.0, float("nan")]))
    (True, False)
    """
    wide = values.dtype if values.dtype == torch.float64 else torch.float32
    if math.isfinite(float(values.sum(dtype=wide))):  # one pass; an overflow is looked at again
        return True
    return bool(torch.isfinite(values).all())


def pack(values: torch.Tensor, zeros: Zeros = "random", *, step: int = 0, seed: int = 0) -> torch.Tensor:
    """Signs of a vector as words.

    Parameters
    ----------
    values : tensor of n floats, of any shape
        `finite`: the bit of a NaN means nothing, and its worker must abstain.
    zeros : {"random", "rotate", "plus"}
        See `Zeros`. The same on every machine and device.
    step, seed : int
        Of the rule for zeros; workers take different seeds.

    Returns
    -------
    tensor of ceil(n / 64) int64

    Examples
    --------
    >>> pack(torch.tensor([1.0, -2.0, -0.5])).tolist()
    [6]
    """
    flat, fills = values.detach().reshape(-1), filling(zeros, step, seed)
    words = torch.zeros(words_of(len(flat)), dtype=torch.int64, device=flat.device)
    size = CHUNK if flat.device.type == "cpu" else max(len(flat), 1)
    for start in range(0, len(flat), size):
        part = flat[start : start + size]
        out = words[start // WORD : words_of(start + len(part))]
        _gather(part < 0, out)
        if zeros != "plus":
            out |= _dithered(part, start // WORD, fills)
    return words


def _dithered(values: torch.Tensor, first: int, fills: tuple[int, int | None]) -> torch.Tensor | int:
    if values.device.type == "cpu" and int(values.count_nonzero()) == len(values):
        return 0
    plane = torch.zeros(words_of(len(values)), dtype=torch.int64, device=values.device)
    _gather(values == 0, plane)
    constant, key = fills
    return plane & (constant if key is None else random_words(len(plane), key, first, plane.device))


def _gather(bits: torch.Tensor, words: torch.Tensor) -> None:
    """Write bools as bits: a multiplication moves eight bytes of 0 or 1 to one byte."""
    if len(bits) % WORD:
        bits = torch.nn.functional.pad(bits, (0, -len(bits) % WORD))
    if len(bits):
        eights = bits.view(torch.int64) * 0x0102040810204080
        words.view(torch.uint8).copy_(eights >> 56)


def unpack(
    words: torch.Tensor, n: int, dtype: torch.dtype = torch.float32, mask: torch.Tensor | None = None
) -> torch.Tensor:
    """Words as +1 and -1.

    Parameters
    ----------
    words : tensor of at least ceil(n / 64) int64
    n : int
    dtype : float64, float32, float16 or bfloat16
    mask : tensor like words, optional
        Coordinates whose bit is 0 become 0: those that a vote left undecided.

    Returns
    -------
    tensor of n, of dtype

    Raises
    ------
    ValueError
        The words are too few.

    Examples
    --------
    >>> unpack(torch.tensor([6]), 3).tolist()
    [1.0, -1.0, -1.0]
    """
    count = words_of(n)
    if len(words) < count:
        raise ValueError(f"{len(words)} words hold fewer than {n} coordinates; {count} words do")
    return spread(words[:count], dtype, None if mask is None else mask[:count])[:n]


def spread(
    words: torch.Tensor,
    dtype: torch.dtype,
    mask: torch.Tensor | None = None,
    out: torch.Tensor | None = None,
) -> torch.Tensor:
    """`unpack` of whole words: a bit is moved to the sign of 1.0.

    Parameters
    ----------
    words : int64 tensor, shape (W,)
    dtype : float64, float32, float16 or bfloat16
    mask : int64 tensor, shape (W,), optional
        Coordinates whose bit is 0 become 0.
    out : contiguous tensor, shape (64 W,), of dtype, optional
        Filled, and returned.

    Returns
    -------
    tensor, shape (64 W,), of dtype

    Raises
    ------
    ValueError
        The dtype is none of these.
    """
    if dtype not in _ONE:
        raise ValueError(f"dtype is {dtype}; signs are {', '.join(str(d) for d in _ONE)}")
    whole, one = _ONE[dtype]
    size = 8 * dtype.itemsize
    out = torch.empty(len(words) * WORD, dtype=dtype, device=words.device) if out is None else out
    shifts = torch.arange(size - 1, -1, -1, dtype=whole, device=words.device)
    bits = out.view(whole).view(-1, size)
    if len(words) and words.stride(0) != 1:
        words = words.clone(memory_format=torch.contiguous_format)
    torch.bitwise_left_shift(words.view(whole)[:, None], shifts, out=bits)
    bits.bitwise_and_(torch.iinfo(whole).min).bitwise_or_(one)
    return out if mask is None else out.mul_(spread(mask, dtype).sub_(1).div_(-2))


def unpack_(out: torch.Tensor, words: torch.Tensor, mask: torch.Tensor | None = None) -> None:
    """`unpack` into a vector that is there already, a part that stays in the cache at a time.

    Parameters
    ----------
    out : contiguous tensor, shape (n,)
        Filled with +1, -1, and 0 where ``mask`` says so.
    words, mask : int64 tensor of at least ceil(n / 64)
        See `unpack`.

    Examples
    --------
    >>> out = torch.zeros(3)
    >>> unpack_(out, torch.tensor([6]))
    >>> out.tolist()
    [1.0, -1.0, -1.0]
    """
    size = CHUNK if out.device.type == "cpu" else max(len(out) // WORD * WORD, WORD)
    for start in range(0, len(out), size):
        part = out[start : start + size]
        some = slice(start // WORD, words_of(start + len(part)))
        bits = None if mask is None else mask[some]
        if len(part) % WORD:
            part.copy_(unpack(words[some], len(part), part.dtype, bits))
        else:
            spread(words[some], part.dtype, bits, part)


def unpack_parts_(
    parts: Sequence[torch.Tensor], starts: Sequence[int], words: torch.Tensor, mask: torch.Tensor | None
) -> None:
    """`unpack_` into tensors that share the words: on a device all at once, in a copy of their size.

    Parameters
    ----------
    parts : sequence of contiguous tensors, shapes (n,)
        Of one dtype; filled.
    starts : sequence of int
        First word of each.
    words, mask
        See `unpack_`.

    Examples
    --------
    >>> one, two = torch.zeros(2), torch.zeros(1)
    >>> unpack_parts_([one, two], [0, 1], torch.tensor([2, 1]), None)
    >>> one.tolist(), two.tolist()
    ([1.0, -1.0], [-1.0])
    """
    if parts[0].device.type == "cpu":
        for part, start in zip(parts, starts, strict=True):
            unpack_(part, words[start:], None if mask is None else mask[start:])
        return
    whole = spread(words, parts[0].dtype, mask)
    firsts = [WORD * start for start in starts]
    found = [whole[first : first + len(part)] for first, part in zip(firsts, parts, strict=True)]
    torch._foreach_copy_(list(parts), found)
