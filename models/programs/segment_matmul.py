"""Products of the segments of a matrix with weights of their own: one launch a level on a GPU."""

import torch
from torch.autograd.function import FunctionCtx
from torch.nn import functional as F

from etl.engine.types import Tensor

ALIGNED = 8
"""Columns of bfloat16 in the 16 bytes to which `grouped_mm` wants rows to be aligned."""


def segment_matmul(x: Tensor, weights: Tensor, counts: tuple[int, ...], ends: Tensor) -> Tensor:
    """Each row times the weights of its segment.

    On a GPU it is one grouped product, of numbers rounded to bfloat16; on the CPU a product a segment.

    Parameters
    ----------
    x : float32 tensor, shape (rows, inputs)
    weights : float32 tensor, shape (segments, inputs, outputs)
    counts : tuple of int
        Rows of each segment, in order.
    ends : int32 tensor, shape (segments,)
        Their sums, where ``x`` lies.

    Returns
    -------
    float32 tensor, shape (rows, outputs)
    """
    if x.is_cuda:
        return _Grouped.apply(x, weights, ends)
    return _Segments.apply(x, weights, torch.tensor(_cuts(counts)).view(-1, 3))


class _Segments(torch.autograd.Function):
    """A product a segment that has rows; ``cuts`` lie in host memory."""

    @staticmethod
    def forward(ctx: FunctionCtx, x: Tensor, weights: Tensor, cuts: Tensor) -> Tensor:
        ctx.save_for_backward(x, weights, cuts)
        out = x.new_empty(len(x), weights.shape[2])
        for kind, start, stop in cuts.tolist():
            torch.mm(x[start:stop], weights[kind], out=out[start:stop])
        return out

    @staticmethod
    def backward(ctx: FunctionCtx, grad: Tensor) -> tuple[Tensor, Tensor, None]:
        x, weights, cuts = ctx.saved_tensors
        of_x, of_weights = torch.empty_like(x), torch.zeros_like(weights)
        for kind, start, stop in cuts.tolist():
            torch.mm(grad[start:stop], weights[kind].t(), out=of_x[start:stop])
            torch.mm(x[start:stop].t(), grad[start:stop], out=of_weights[kind])
        return of_x, of_weights, None


class _Grouped(torch.autograd.Function):
    """One launch for all segments, forward, and two backward."""

    @staticmethod
    def forward(ctx: FunctionCtx, x: Tensor, weights: Tensor, ends: Tensor) -> Tensor:
        ctx.save_for_backward(x, weights, ends)
        out = F.grouped_mm(_rounded(x), _rounded(weights, 2), offs=ends)
        return out[:, : weights.shape[2]].float()

    @staticmethod
    def backward(ctx: FunctionCtx, grad: Tensor) -> tuple[Tensor, Tensor, None]:
        x, weights, ends = ctx.saved_tensors
        inputs, outputs = weights.shape[1:]
        sent, turned = _rounded(grad), _rounded(weights, 2).transpose(1, 2)
        of_x = F.grouped_mm(sent, turned, offs=ends)[:, :inputs]
        of_weights = F.grouped_mm(_rounded(x).t(), sent, offs=ends)[:, :inputs, :outputs]
        return of_x.float(), of_weights.float(), None


def _rounded(x: Tensor, sides: int = 1) -> Tensor:
    """As bfloat16, with columns (and rows) of zeros up to what is aligned."""
    more = [size for side in range(1, sides + 1) for size in (0, -x.shape[-side] % ALIGNED)]
    return F.pad(x.to(torch.bfloat16, memory_format=torch.contiguous_format), more)


def _cuts(counts: tuple[int, ...]) -> list[tuple[int, int, int]]:
    found, start = [], 0
    for kind, count in enumerate(counts):
        if count:
            found.append((kind, start, start + count))
        start += count
    return found
