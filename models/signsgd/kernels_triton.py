"""The wire format in single passes on CUDA; float32 only, and the same bits as plain PyTorch.

Fusion of products and sums is off, so that each is rounded as PyTorch rounds it. ``TRITON_INTERPRET=1`` runs
the kernels on a CPU.
"""

import importlib
from typing import Any

import torch

triton: Any = importlib.import_module("triton")  # by name, as the package comes only with PyTorch for CUDA
tl: Any = importlib.import_module("triton.language")

WORDS, COORDINATES = 16, 1024
"""Words, and coordinates, that one program handles."""
MOST = 255
"""Workers whose minuses eight planes can count."""


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
    _launch_pack(values, values, 0.0, constant, key, words, False)


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
    _launch_pack(grad, momentum, beta, constant, key, words, True)


def _launch_pack(
    values: torch.Tensor, momentum: torch.Tensor, beta: float, constant: int, key: int | None,
    words: torch.Tensor, moves: bool,
) -> None:  # fmt: skip
    fill, random = (constant, False) if key is None else (key, True)
    with torch.cuda.device_of(values):
        _pack[(triton.cdiv(len(words), WORDS),)](
            values, momentum, beta, 1 - beta, fill, len(values), words,
            RANDOM=random, MOVES=moves, WORDS=WORDS, enable_fp_fusion=False,
        )  # fmt: skip


def majority(words: torch.Tensor, extra: torch.Tensor | None, mask: torch.Tensor | None) -> torch.Tensor:
    """Vote of at most `MOST` rows.

    Parameters
    ----------
    words : int64 tensor, shape (M, W)
        Rows are contiguous.
    extra : int64 tensor, shape (W,), optional
        One vote more, which decides ties.
    mask : int64 tensor, shape (W,), optional
        Filled: 0 where half say minus.

    Returns
    -------
    int64 tensor, shape (W,)
    """
    vote = torch.empty_like(words[0])
    with torch.cuda.device_of(words):
        _majority[(triton.cdiv(len(vote), COORDINATES),)](
            words, words if extra is None else extra, vote, vote if mask is None else mask,
            len(words), len(vote), words.stride(0),
            EXTRA=extra is not None, MASK=mask is not None, BLOCK=COORDINATES,
        )  # fmt: skip
    return vote


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
    with torch.cuda.device_of(params):
        _update[(triton.cdiv(len(params), COORDINATES),)](
            params, words, words if mask is None else mask, first, len(params), lr, decay,
            MASK=mask is not None, BLOCK=COORDINATES, enable_fp_fusion=False,
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
    with torch.cuda.device_of(params):
        _signum[(triton.cdiv(len(params), COORDINATES),)](
            params, grad, momentum, len(params), beta, rate, lr, decay,
            BLOCK=COORDINATES, enable_fp_fusion=False,
        )  # fmt: skip


@triton.jit(do_not_specialize=["fill"])
def _pack(  # type: ignore[no-untyped-def]
    values,
    momentum,
    beta,
    rate,
    fill,
    n,
    words,
    RANDOM: tl.constexpr,
    MOVES: tl.constexpr,
    WORDS: tl.constexpr,
):
    w = tl.program_id(0).to(tl.int64) * WORDS + tl.arange(0, WORDS)
    k = tl.arange(0, 64)[None, :].to(tl.int64)
    at = w[:, None] * 64 + k
    inside = at < n
    v = tl.load(values + at, mask=inside, other=1.0)
    if MOVES:
        v = tl.load(momentum + at, mask=inside, other=1.0) * beta + v * rate
        tl.store(momentum + at, v, mask=inside)
    bits = v.to(tl.int32, bitcast=True)  # no comparison of floats, which may flush what is subnormal
    zero = inside & ((bits & 0x7FFFFFFF) == 0)
    word = tl.sum((inside & (bits < 0) & (zero == 0)).to(tl.int64) << k, 1)
    zeros = tl.sum(zero.to(tl.int64) << k, 1)
    if RANDOM:
        z = (w.to(tl.uint64) ^ fill.to(tl.uint64)) + 0x9E3779B97F4A7C15
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB
        word |= zeros & (z ^ (z >> 31)).to(tl.int64)
    else:
        word |= zeros & fill.to(tl.int64)
    tl.store(words + w, word, mask=w * 64 < n)


@triton.jit
def _majority(  # type: ignore[no-untyped-def]
    words, extra, vote, mask, M, W, stride, EXTRA: tl.constexpr, MASK: tl.constexpr, BLOCK: tl.constexpr
):
    at = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    inside = at < W
    a = tl.zeros([BLOCK], tl.int64)
    b, c, d, e, f, g, h = a, a, a, a, a, a, a
    if EXTRA:
        a = tl.load(extra + at, mask=inside, other=0)
    for m in range(M):
        carry = tl.load(words + tl.cast(m, tl.int64) * stride + at, mask=inside, other=0)
        a, carry = a ^ carry, a & carry
        b, carry = b ^ carry, b & carry
        c, carry = c ^ carry, c & carry
        d, carry = d ^ carry, d & carry
        e, carry = e ^ carry, e & carry
        f, carry = f ^ carry, f & carry
        g, carry = g ^ carry, g & carry
        h = h ^ carry
    more = tl.zeros([BLOCK], tl.int64)
    differs = more
    more, differs = _compare(more, differs, a, M // 2, 0)
    more, differs = _compare(more, differs, b, M // 2, 1)
    more, differs = _compare(more, differs, c, M // 2, 2)
    more, differs = _compare(more, differs, d, M // 2, 3)
    more, differs = _compare(more, differs, e, M // 2, 4)
    more, differs = _compare(more, differs, f, M // 2, 5)
    more, differs = _compare(more, differs, g, M // 2, 6)
    more, differs = _compare(more, differs, h, M // 2, 7)
    tl.store(vote + at, more, mask=inside)
    if MASK:
        tl.store(mask + at, differs, mask=inside)


@triton.jit
def _compare(more, differs, plane, bound, level):  # type: ignore[no-untyped-def]
    """Take one more digit, from the lowest, into "more than the bound" and "differs from the bound"."""
    wanted = tl.zeros_like(plane) - ((bound >> level) & 1)
    return (more & plane) | (~wanted & (more | plane)), differs | (plane ^ wanted)


@triton.jit
def _update(params, words, mask, first, n, lr, decay, MASK: tl.constexpr, BLOCK: tl.constexpr):  # type: ignore[no-untyped-def]
    at = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    inside = at < n
    bit = at + first
    word = tl.load(words + bit // 64, mask=inside, other=0)
    p = tl.load(params + at, mask=inside, other=0.0)
    move = tl.where(((word >> (bit % 64)) & 1) == 1, -lr, lr)
    if MASK:
        counts = tl.load(mask + bit // 64, mask=inside, other=0)
        move = tl.where(((counts >> (bit % 64)) & 1) == 1, move, 0.0)
    tl.store(params + at, p * decay - move, mask=inside)


@triton.jit
def _signum(params, grad, momentum, n, beta, rate, lr, decay, BLOCK: tl.constexpr):  # type: ignore[no-untyped-def]
    at = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    inside = at < n
    m = (
        tl.load(momentum + at, mask=inside, other=0.0) * beta
        + tl.load(grad + at, mask=inside, other=0.0) * rate
    )
    tl.store(momentum + at, m, mask=inside)
    move = tl.where(m > 0, lr, tl.where(m < 0, -lr, 0.0))
    p = tl.load(params + at, mask=inside, other=0.0)
    tl.store(params + at, p * decay - move, mask=inside)
