"""signSGD and Signum as PyTorch optimisers.

Source: Bernstein, Wang, Azizzadenesheli and Anandkumar, "signSGD: compressed optimisation for non-convex
problems", ICML 2018, algorithms 1 and 2; decoupled weight decay as in ICLR 2019 algorithm 1.
"""

from collections.abc import Callable, Iterable
from typing import Any, TypedDict, Unpack

import torch

from models.signsgd.codec import kernels, kernels_of

Params = Iterable[torch.Tensor] | Iterable[dict[str, Any]]


class Signum(torch.optim.Optimizer):
    """Steps of one size along the sign of the momentum: m = b m + (1 - b) g, x = x - lr (sign(m) + wd x).

    Parameters
    ----------
    params : iterable of tensors, or of dicts as groups
    lr : float or tensor of one number
        About a tenth of SGD's, as for Adam.
    momentum : float
        b, in [0, 1).
    weight_decay : float
        wd: decoupled from the gradient.
    foreach : bool, optional
        Work on lists of tensors; by default on CUDA.
    fused : bool, optional
        One pass a parameter, in Triton on CUDA, compiled on a CPU: for float32 and an ``lr`` that is a float.
    maximize : bool

    Raises
    ------
    ValueError
        A parameter of the method is out of its range, or both foreach and fused are asked for.
    RuntimeError
        ``fused`` and its kernels are missing; a gradient is sparse or complex.

    Notes
    -----
    All paths give the same bits. The sign of 0 is 0. After a hook that leaves the vote as the gradient, take
    `SignSGD`, or `torch.optim.SGD` without momentum: a second momentum would be another method.

    Examples
    --------
    >>> x = torch.nn.Parameter(torch.tensor([1.0, -1.0]))
    >>> optimizer = Signum([x], lr=0.25)
    >>> (x * x).sum().backward()
    >>> optimizer.step()
    >>> x.tolist()
    [0.75, -0.75]
    """

    def __init__(
        self,
        params: Params,
        lr: float | torch.Tensor = 1e-4,
        momentum: float = 0.9,
        weight_decay: float = 0.0,
        *,
        foreach: bool | None = None,
        fused: bool | None = None,
        maximize: bool = False,
    ) -> None:
        if not float(lr) >= 0:
            raise ValueError(f"lr is {lr}; it must be 0 or more")
        if not 0 <= momentum < 1:
            raise ValueError(f"momentum is {momentum}; it must be in [0, 1)")
        if not weight_decay >= 0:
            raise ValueError(f"weight_decay is {weight_decay}; it must be 0 or more")
        if foreach and fused:
            raise ValueError("foreach and fused are both asked for; ask for one")
        defaults = {
            "lr": lr, "momentum": momentum, "weight_decay": weight_decay,
            "foreach": foreach, "fused": fused, "maximize": maximize,
        }  # fmt: skip
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Make one step; a closure computes the loss anew, which is returned."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            params = [p for p in group["params"] if p.grad is not None]
            for p in params:
                _refuse(p)
            if params:
                _path(group, params)(params, [self._momentum(p, group) for p in params], group)
        return loss

    def _momentum(self, p: torch.Tensor, group: dict[str, Any]) -> torch.Tensor | None:
        if group["momentum"] == 0:
            return None
        state = self.state[p]
        if "momentum_buffer" not in state:
            state["momentum_buffer"] = torch.zeros_like(p, memory_format=torch.preserve_format)
        return state["momentum_buffer"]


class _Options(TypedDict, total=False):
    foreach: bool | None
    fused: bool | None
    maximize: bool


class SignSGD(Signum):
    """Steps of one size along the sign of the gradient: x = x - lr (sign(g) + wd x).

    Parameters
    ----------
    params, lr, weight_decay
        See `Signum`.
    **options
        Its ``foreach``, ``fused`` and ``maximize``.

    Examples
    --------
    >>> x = torch.nn.Parameter(torch.tensor([1.0, -1.0]))
    >>> optimizer = SignSGD([x], lr=0.25)
    >>> (x * x).sum().backward()
    >>> optimizer.step()
    >>> x.tolist()
    [0.75, -0.75]
    """

    def __init__(
        self,
        params: Params,
        lr: float | torch.Tensor = 1e-4,
        weight_decay: float = 0.0,
        **options: Unpack[_Options],
    ) -> None:
        super().__init__(params, lr, 0.0, weight_decay, **options)


Path = Callable[[list[torch.Tensor], list[torch.Tensor | None], dict[str, Any]], None]


def _refuse(p: torch.Tensor) -> None:
    if p.grad.is_sparse:
        raise RuntimeError(
            "a gradient is sparse; signs need dense ones: build the embedding with sparse=False"
        )
    if p.is_complex():
        raise RuntimeError("a parameter is complex and has no sign; train torch.view_as_real of it")


def _path(group: dict[str, Any], params: list[torch.Tensor]) -> Path:
    if group["fused"]:
        return _fused
    on_cuda = all(p.is_cuda for p in params)
    return _foreach if (on_cuda if group["foreach"] is None else group["foreach"]) else _loop


def _loop(params: list[torch.Tensor], momenta: list[torch.Tensor | None], group: dict[str, Any]) -> None:
    beta, lr, sign = group["momentum"], group["lr"], -1 if group["maximize"] else 1
    for p, m in zip(params, momenta, strict=True):
        move = p.grad * (sign * (1 - beta))
        move = (move if m is None else m.mul_(beta).add_(move)).sign()
        if group["weight_decay"]:
            p.mul_(1 - lr * group["weight_decay"])
        p.sub_(move.mul_(lr))


def _foreach(params: list[torch.Tensor], momenta: list[torch.Tensor | None], group: dict[str, Any]) -> None:
    beta, lr, sign = group["momentum"], group["lr"], -1 if group["maximize"] else 1
    moves = torch._foreach_mul([p.grad for p in params], sign * (1 - beta))
    if beta:
        _scale_(momenta, beta)
        torch._foreach_add_(momenta, moves)
    moves = torch._foreach_sign(momenta if beta else moves)
    if group["weight_decay"]:
        _scale_(params, 1 - lr * group["weight_decay"])
    _scale_(moves, lr)
    torch._foreach_sub_(params, moves)


def _scale_(tensors: list[torch.Tensor], by: float | torch.Tensor) -> None:
    if tensors[0].is_cuda:
        torch._foreach_mul_(tensors, by)
    else:  # a loop there too, but one that rounds the factor to half precision first
        for tensor in tensors:
            tensor.mul_(by)


def _fused(params: list[torch.Tensor], momenta: list[torch.Tensor | None], group: dict[str, Any]) -> None:
    beta, lr, sign = group["momentum"], group["lr"], -1 if group["maximize"] else 1
    for p, m in zip(params, momenta, strict=True):
        device = p.device.type
        if kernels(device) is None:
            raise RuntimeError(
                f"fused=True needs Triton on CUDA, or numba on a CPU, for parameters on {device}; "
                "install it or leave fused out"
            )
        scratch = torch.zeros_like(p) if m is None else m
        fast = None if isinstance(lr, torch.Tensor) else kernels_of(p, p.grad, scratch)
        if fast is None:
            _loop([p], [m], group)
        elif p.numel():
            flat = (p.detach().view(-1), p.grad.view(-1), scratch.view(-1))
            rate = sign * (1 - beta)
            fast.signum(*flat, beta, rate, lr, 1 - lr * group["weight_decay"])
