"""Refusals of what does not work on votes: second momenta, Adam, clipping, GradScaler."""

import warnings
from typing import Any

from torch.amp import GradScaler
from torch.optim import Optimizer

from etl.engine.types import Module
from models.signsgd.contracts import inner, some


def guard(optimizer: Optimizer, *, model: Module | None = None, scaler: GradScaler | None = None) -> Any:
    """Check an optimiser that steps on votes, now and at each step.

    Parameters
    ----------
    optimizer : torch.optim.Optimizer
    model : DistributedDataParallel, optional
    scaler : torch.amp.GradScaler, optional

    Returns
    -------
    handle
        Its ``remove()`` ends the check at each step.

    Raises
    ------
    ValueError
        The optimiser has a momentum of its own, or a scaler is enabled; and at a step, a gradient is no vote
        any more: it was clipped, unscaled or added up.

    Examples
    --------
    >>> import torch
    >>> x = torch.nn.Parameter(torch.zeros(2))
    >>> handle = guard(torch.optim.SGD([x], lr=0.1))
    >>> x.grad = torch.tensor([0.7, -0.7])
    >>> handle.remove()
    """
    check(optimizer)
    if scaler is not None and scaler.is_enabled():
        raise ValueError(
            "GradScaler divides votes by its scale, and never sees an overflow, since votes are finite; "
            "train in bfloat16 without it: workers with an overflow abstain by themselves"
        )
    if getattr(model, "find_unused_parameters", False):
        warnings.warn(
            "find_unused_parameters: a worker that does not use a parameter still votes on it, with its old "
            "momentum or, without one, by the rule for zeros; use all parameters on all workers if you can",
            stacklevel=2,
        )
    return optimizer.register_step_pre_hook(_Watch(model))


def check(optimizer: Optimizer) -> None:
    """Refuse an optimiser with a momentum of its own: that would be another method.

    Examples
    --------
    >>> import torch
    >>> check(torch.optim.Adam([torch.nn.Parameter(torch.zeros(2))]))
    Traceback (most recent call last):
    ...
    ValueError: Adam rescales or averages votes (betas in group 0); take SignSGD, or SGD without momentum
    """
    for k, group in enumerate(optimizer.param_groups):
        if group.get("momentum"):
            raise ValueError(
                f"{type(optimizer).__name__} has momentum {group['momentum']:g} in group {k}: it would "
                f"average votes; set it to 0: VoteState(momentum=...) averages gradients before the vote"
            )
        for sign in ("betas", "alpha", "etas", "rho", "lr_decay"):
            if sign in group:
                raise ValueError(
                    f"{type(optimizer).__name__} rescales or averages votes ({sign} in group {k}); take "
                    f"SignSGD, or SGD without momentum"
                )


class _Watch:
    """Looks at one parameter a step, in turn: whatever rescales gradients rescales all."""

    def __init__(self, model: Module | None = None) -> None:
        self.turn, self.model = 0, model

    def __call__(self, optimizer: Optimizer, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        found = [p for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
        if not found:
            return
        self.turn += 1
        gradient = found[self.turn % len(found)].grad
        local = gradient.to_local() if hasattr(gradient, "to_local") else gradient
        if not bool(((local.abs() == 1) | (local == 0)).all()):
            raise ValueError(
                f"a gradient of shape {tuple(gradient.shape)} is no vote any more: its greatest value is "
                f"{float(local.abs().max()):g}. {self._why()}"
            )

    def _why(self) -> str:
        unused = [] if self.model is None else _unused(inner(self.model))
        if unused:
            return (
                f"The vote was not taken, since {some(unused)} had no part in the loss: use all parameters "
                "in each step, or make DistributedDataParallel with find_unused_parameters=True"
            )
        return (
            "Votes have the norm sqrt(d): drop clip_grad_norm_, or clip before the vote; drop GradScaler; "
            "call zero_grad before each backward; use each parameter in the loss"
        )


def _unused(module: Module) -> list[str]:
    """Parameters to be trained, or frozen on the way, that got no gradient."""
    empty = [(name, p) for name, p in module.named_parameters() if p.grad is None or not bool(p.grad.any())]
    return [name for name, p in empty if p.requires_grad] or [name for name, _ in empty]
