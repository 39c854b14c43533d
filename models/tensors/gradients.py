"""Gradients of contractions in PyTorch: each is a contraction, and so has gradients itself."""

from collections.abc import Callable, Sequence

import torch
from torch.autograd.function import FunctionCtx

from etl.engine.types import Tensor
from models.tensors.execute import Work, compiled
from models.tensors.plan import Plan, Step

Contract = Callable[..., Tensor]


class _Multiply(torch.autograd.Function):
    """A step whose two gradients are contractions of the output's gradient with the other tensor."""

    @staticmethod
    def forward(
        ctx: FunctionCtx, step: Step, work: Work, contract: Contract, left: Tensor, right: Tensor
    ) -> Tensor:
        ctx.save_for_backward(left, right)
        ctx.step, ctx.contract = step, contract
        return work(left, right)

    @staticmethod
    def backward(ctx: FunctionCtx, gradient: Tensor) -> tuple[Tensor | None, ...]:
        left, right = ctx.saved_tensors
        (first, second), out = ctx.step.terms, ctx.step.product.modes
        *_, wants_left, wants_right = ctx.needs_input_grad
        one = other = None
        if wants_left:
            one = ctx.contract(f"{out},{second}->{first}", gradient, right.conj(), layout="free")
        if wants_right:
            other = ctx.contract(f"{first},{out}->{second}", left.conj(), gradient, layout="free")
        return None, None, None, one, other


def differentiable(plan: Plan, tensors: Sequence[Tensor], contract: Contract) -> Tensor:
    """Do what the plan says so that gradients pass through.

    Parameters
    ----------
    plan : Plan
    tensors : sequence of torch.Tensor
    contract : callable
        `models.tensors.contract.contract`, by which gradients are found.
    """
    if not plan.plain:
        tidy = [
            _tidied(x, term, at.term.modes, plan)
            for x, term, at in zip(tensors, plan.letters, plan.readings, strict=True)
        ]
        return contract(plan.tidy, *tidy, layout="C" if plan.packed else "free").reshape(plan.view[0])

    def apply(step: Step, work: Work, left: Tensor, right: Tensor) -> Tensor:
        return _Multiply.apply(step, work, contract, left, right)

    return compiled(plan, tensors[0], apply)(tensors)


def _tidied(x: Tensor, letters: str, kept: str, plan: Plan) -> Tensor:
    """Diagonals, sums and modes of size 1 as PyTorch's own operators, which have gradients."""
    long = [mode for mode, size in zip(letters, x.shape, strict=True) if size != 1]
    x = x.squeeze()
    while len(set(long)) < len(long):
        twice = next(mode for mode in long if long.count(mode) > 1)
        first, second = [at for at, mode in enumerate(long) if mode == twice][:2]
        x = x.diagonal(0, first, second)
        long = [mode for at, mode in enumerate(long) if at not in (first, second)] + [twice]
    lone = [at for at, mode in enumerate(long) if mode not in kept]
    x = x.sum(lone) if lone else x
    long = [mode for mode in long if mode in kept]
    return x.permute([long.index(mode) for mode in kept])
