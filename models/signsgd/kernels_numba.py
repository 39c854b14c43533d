"""Packing and updates in one pass on one core, compiled; float32 only. They let go of the interpreter's lock.

Products and sums are rounded one by one, as PyTorch rounds them, so that all paths give the same bits.
"""

import numpy as np
import torch
from numba import njit


def pack(values: torch.Tensor, constant: int, key: int | None, words: torch.Tensor) -> None:
    """Signs of ``values`` into ``words``.

    Parameters
    ----------
    values : float32 tensor, shape (n,)
        Contiguous.
    constant : int
    key : int, or None
        What zeros are sent as: see `models.signsgd.zero_signs.filling`.
    words : int64 tensor, shape (ceil(n / 64),)
        Filled.
    """
    _pack(_bits(values), *_fill(constant, key), _whole(words))


def momentum_pack(
    momentum: torch.Tensor,
    grad: torch.Tensor,
    beta: float,
    constant: int,
    key: int | None,
    words: torch.Tensor,
) -> None:
    """``momentum * beta + grad * (1 - beta)`` in place, and its signs into ``words``.

    Parameters
    ----------
    momentum, grad : float32 tensor, shape (n,)
        Contiguous.
    beta : float
    constant, key, words
        See `pack`.
    """
    rates = np.float32(beta), np.float32(1 - beta)
    _momentum_pack(momentum.numpy(), grad.numpy(), *rates, *_fill(constant, key), _whole(words))


def update(
    params: torch.Tensor, words: torch.Tensor, mask: torch.Tensor | None, first: int, lr: float, decay: float
) -> None:
    """``params * decay - lr * sign`` in place.

    Parameters
    ----------
    params : float32 tensor, shape (n,)
        Contiguous.
    words : int64 tensor
        Signs, of ``first + n`` coordinates or more.
    mask : int64 tensor like words, optional
        Coordinates whose bit is 0 have the sign 0.
    first : int
        Bit of the words that is the first parameter's sign.
    lr, decay : float
    """
    _update(
        params.numpy(), _whole(words), _whole(words if mask is None else mask), mask is not None, first,
        np.float32(lr), np.float32(decay),
    )  # fmt: skip


def signum(
    params: torch.Tensor,
    grad: torch.Tensor,
    momentum: torch.Tensor,
    beta: float,
    rate: float,
    lr: float,
    decay: float,
) -> None:
    """``momentum * beta + grad * rate``, then ``params * decay - lr * sign(momentum)``, in place.

    Parameters
    ----------
    params, grad, momentum : float32 tensor, shape (n,)
        Contiguous.
    beta, rate, lr, decay : float
    """
    scalars = np.float32(beta), np.float32(rate), np.float32(lr), np.float32(decay)
    _signum(params.numpy(), grad.numpy(), momentum.numpy(), *scalars)


def _bits(values: torch.Tensor) -> np.ndarray:
    return values.numpy().view(np.uint32)


def _whole(words: torch.Tensor) -> np.ndarray:
    return words.contiguous().numpy().view(np.uint64)


def _fill(constant: int, key: int | None) -> tuple[np.uint64, bool]:
    return np.uint64((constant if key is None else key) % 2**64), key is not None


@njit(nogil=True, cache=True, inline="always")
def _half(bits: np.ndarray, start: int) -> tuple[np.uint64, np.uint64]:
    """Signs and zeros of 32 coordinates, a bit each."""
    w, z = np.uint32(0), np.uint32(0)
    for k in range(32):
        b = bits[start + k]
        w |= (b >> np.uint32(31)) << np.uint32(k)
        z |= np.uint32((b & np.uint32(0x7FFFFFFF)) == np.uint32(0)) << np.uint32(k)
    return np.uint64(w), np.uint64(z)


@njit(nogil=True, cache=True)
def _filled(w: np.uint64, z: np.uint64, i: int, fill: np.uint64, random: bool) -> np.uint64:
    """Zeros of word i replaced: see `models.signsgd.zero_signs.random_words`."""
    if z == np.uint64(0):
        return w
    if random:
        fill = (np.uint64(i) ^ fill) + np.uint64(0x9E3779B97F4A7C15)
        fill = (fill ^ (fill >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        fill = (fill ^ (fill >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        fill ^= fill >> np.uint64(31)
    return (w & ~z) | (z & fill)


@njit(nogil=True, cache=True)
def _tail(bits: np.ndarray, fill: np.uint64, random: bool, words: np.ndarray) -> None:
    whole = len(bits) // 64
    w, z = np.uint64(0), np.uint64(0)
    for k in range(len(bits) - 64 * whole):
        b = bits[64 * whole + k]
        w |= np.uint64(b >> np.uint32(31)) << np.uint64(k)
        z |= np.uint64((b & np.uint32(0x7FFFFFFF)) == np.uint32(0)) << np.uint64(k)
    if whole < len(words):
        words[whole] = _filled(w, z, whole, fill, random)


@njit(nogil=True, cache=True)
def _pack(bits: np.ndarray, fill: np.uint64, random: bool, words: np.ndarray) -> None:
    for i in range(len(bits) // 64):
        w, z = _half(bits, 64 * i)
        v, y = _half(bits, 64 * i + 32)
        words[i] = _filled(w | v << np.uint64(32), z | y << np.uint64(32), i, fill, random)
    _tail(bits, fill, random, words)


@njit(nogil=True, cache=True)
def _momentum_pack(
    m: np.ndarray,
    g: np.ndarray,
    beta: np.float32,
    rate: np.float32,
    fill: np.uint64,
    random: bool,
    words: np.ndarray,
) -> None:
    bits = m.view(np.uint32)
    for i in range(len(m) // 64):
        for j in range(64 * i, 64 * i + 64):
            m[j] = m[j] * beta + g[j] * rate
        w, z = _half(bits, 64 * i)
        v, y = _half(bits, 64 * i + 32)
        words[i] = _filled(w | v << np.uint64(32), z | y << np.uint64(32), i, fill, random)
    for j in range(len(m) // 64 * 64, len(m)):
        m[j] = m[j] * beta + g[j] * rate
    _tail(bits, fill, random, words)


@njit(nogil=True, cache=True)
def _some(
    p: np.ndarray,
    start: int,
    stop: int,
    words: np.ndarray,
    mask: np.ndarray,
    masked: bool,
    first: int,
    lr: np.float32,
    decay: np.float32,
) -> None:
    for j in range(start, stop):
        word, k = (first + j) // 64, np.uint64((first + j) % 64)
        move = -lr if (words[word] >> k) & np.uint64(1) else lr
        if masked and not (mask[word] >> k) & np.uint64(1):
            move = np.float32(0)
        p[j] = p[j] * decay - move


@njit(nogil=True, cache=True)
def _update(
    p: np.ndarray,
    words: np.ndarray,
    mask: np.ndarray,
    masked: bool,
    first: int,
    lr: np.float32,
    decay: np.float32,
) -> None:
    head = min(len(p), -first % 32)
    _some(p, 0, head, words, mask, masked, first, lr, decay)
    start = (first + head) // 32
    signs, counts, body = words.view(np.uint32)[start:], mask.view(np.uint32)[start:], p[head:]
    for i in range(len(body) // 32):  # places that cannot be negative: else nothing is vectorised
        w, c = signs[i], counts[i] if masked else np.uint32(0xFFFFFFFF)
        for k in range(32):
            move = -lr if (w >> np.uint32(k)) & np.uint32(1) else lr
            move = move if (c >> np.uint32(k)) & np.uint32(1) else np.float32(0)
            body[32 * i + k] = body[32 * i + k] * decay - move
    _some(p, len(p) - len(body) % 32, len(p), words, mask, masked, first, lr, decay)


@njit(nogil=True, cache=True)
def _signum(
    p: np.ndarray,
    g: np.ndarray,
    m: np.ndarray,
    beta: np.float32,
    rate: np.float32,
    lr: np.float32,
    decay: np.float32,
) -> None:
    for j in range(len(p)):
        m[j] = m[j] * beta + g[j] * rate
        move = lr if m[j] > 0 else (-lr if m[j] < 0 else np.float32(0))
        p[j] = p[j] * decay - move
