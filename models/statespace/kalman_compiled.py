"""The compiled Kalman filter as one differentiable step, whose gradients are found by hand."""

from typing import Any, NamedTuple

import torch

from etl.engine.types import Tensor

STATES = 32
"""Most that the kernel takes: tiles of more need memory near the processor that small cards lack."""


class Run(NamedTuple):
    """What the filter found.

    Attributes
    ----------
    v, F, F_diffuse : tensor, shape (B, n, p)
        Of each observation, differentiable as the log-likelihood is.
    loglik : tensor, shape (B,)
    kind : tensor of int32, shape (B, n, p)
        0 where nothing was learnt, 1 where the variance was finite, 2 where it was infinite.
    mean : tensor, shape (B, n + 1, p + 1, k)
        Before each observation of each time, and after them; of the last time the first alone.
    variance, diffuse : tensor, shape (B, n + 1, p + 1, k, k)
    """

    v: Tensor
    F: Tensor
    F_diffuse: Tensor
    loglik: Tensor
    kind: Tensor
    mean: Tensor
    variance: Tensor
    diffuse: Tensor


def run_filter(y: Tensor, *model: Tensor) -> Run:
    """Filter on CUDA.

    Parameters
    ----------
    y : tensor of float64, shape (B, n, p)
        NaN is a gap.
    *model : tensor, shape (B, ...)
        T, Z, H, Q, a1, P1, P1_diffuse, c: see `models.statespace.kalman.StateSpace`.
    """
    return Run(*_Compiled.apply(y, *model))


class _Compiled(torch.autograd.Function):
    """Values forth; derivatives by all of the model back."""

    @staticmethod
    def forward(ctx: Any, y: Tensor, *model: Tensor) -> tuple[Tensor, ...]:
        from models.statespace.cuda import kalman as kernels

        (count, n, p), k = y.shape, model[0].shape[-1]
        given = tuple(part.detach().contiguous() for part in model)
        v, F, F_diffuse = y.new_empty(3, count, n, p)
        kind, loglik = torch.empty(count, n, p, dtype=torch.int32, device=y.device), y.new_empty(count)
        shapes = [(count, n + 1, p + 1, *tail) for tail in ((k,), (k, k), (k, k))]
        states = tuple(y.new_zeros(shape) for shape in shapes)
        kernels.filter_states(y.detach().contiguous(), given, states, (v, F, F_diffuse, kind, loglik))
        ctx.mark_non_differentiable(kind, *states)
        ctx.save_for_backward(*given, *states, v, F, F_diffuse, kind, loglik)
        return v, F, F_diffuse, loglik, kind, *states

    @staticmethod
    def backward(ctx: Any, *outputs: Tensor) -> tuple[Tensor | None, ...]:
        from models.statespace.cuda import kalman as kernels

        saved = ctx.saved_tensors
        model, states, steps = saved[:8], saved[8:11], saved[11:]
        found = [torch.zeros_like(part) for part in model]
        count, n, p = steps[0].shape
        found[1], found[2] = steps[0].new_zeros(count, n, p, model[0].shape[1]), torch.zeros_like(steps[0])
        by = tuple(part.contiguous() for part in outputs[:4])
        kernels.adjoint(model, states, steps, by, tuple(found))
        found[1], found[2] = found[1].sum(1), found[2].sum(1)
        return None, *found
