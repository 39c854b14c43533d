"""The exact likelihood of ARMA models over a batch of series, concentrated over the variance."""

from typing import Any, NamedTuple

import torch

from etl.engine.types import Tensor
from models.statespace.compiled import launch, on_device


def psi_weights(phi: Tensor, theta: Tensor, count: int) -> Tensor:
    """First weights of the moving average of infinite order, ``psi[0] = 1`` (Brockwell & Davis 1991, 3.3.4).

    Parameters
    ----------
    phi, theta : tensor, shape (B, p) and (B, q)
    count : int
        Weights asked for, 1 or more.

    Returns
    -------
    tensor, shape (B, count)

    Examples
    --------
    >>> psi_weights(torch.tensor([[0.5]]), torch.tensor([[0.25]]), 4).tolist()
    [[1.0, 0.75, 0.375, 0.1875]]
    """
    one = phi.new_ones(len(phi), 1)
    psi, p, q = [one], phi.shape[1], theta.shape[1]
    for j in range(1, count):
        now = theta[:, j - 1 : j] if j <= q else torch.zeros_like(one)
        if j and p:
            back = torch.cat(psi[max(0, j - p) :][::-1], 1)
            now = now + (phi[:, : back.shape[1]] * back).sum(1, keepdim=True)
        psi.append(now)
    return torch.cat(psi, 1)


def autocovariance(phi: Tensor, theta: Tensor) -> tuple[Tensor, Tensor]:
    """Autocovariances for innovations of variance 1 (Brockwell & Davis 1991, 3.3.8).

    Parameters
    ----------
    phi, theta : tensor, shape (B, p) and (B, q)

    Returns
    -------
    gamma : tensor, shape (B, p + 1)
        Of lags 0 to p; not finite at a unit root.
    psi : tensor, shape (B, q + 1)
        See `psi_weights`.
    """
    count, p, q = len(phi), phi.shape[1], theta.shape[1]
    psi = psi_weights(phi, theta, q + 1)
    whole = torch.cat([phi.new_ones(count, 1), theta], 1)
    right = [
        (whole[:, k:] * psi[:, : q + 1 - k]).sum(1) if k <= q else phi.new_zeros(count) for k in range(p + 1)
    ]
    if not p:
        return torch.stack(right, 1), psi
    index = torch.arange(p + 1, device=phi.device)
    signed = torch.cat([phi.new_ones(count, 1), -phi], 1)
    matrix = phi.new_zeros(count, p + 1, p + 1)
    lag = (index[:, None] - index[None, :]).abs()  # row k, term j: autocovariance |k - j|
    matrix = matrix.scatter_add(2, lag.expand(count, -1, -1), signed[:, None, :].expand(-1, p + 1, -1))
    return torch.linalg.solve_ex(matrix, torch.stack(right, 1))[0], psi  # a unit root gives no number


def stationary(phi: Tensor, theta: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Start of the recursions at rest, for innovations of variance 1 (Harvey 1989, section 4.2.2).

    Parameters
    ----------
    phi, theta : tensor, shape (B, p) and (B, q)

    Returns
    -------
    phi : tensor, shape (B, r)
        Padded with zeros to r = max(p, q + 1).
    gain : tensor, shape (B, r)
        The first gain times the first variance: the first column of ``T P1``.
    first : tensor, shape (B,)
        Variance of the first value.
    """
    count, p, q = len(phi), phi.shape[1], theta.shape[1]
    r = max(p, q + 1)
    gamma, psi = autocovariance(phi, theta)
    gamma = torch.nn.functional.pad(gamma, (0, r - p))
    psi = torch.nn.functional.pad(psi, (0, r - q))
    phi, theta = torch.nn.functional.pad(phi, (0, r - p)), torch.nn.functional.pad(theta, (0, r - q))
    column = [
        (phi[:, i:] * gamma[:, 1 : r - i + 1]).sum(1) + (theta[:, i - 1 : r - 1] * psi[:, : r - i]).sum(1)
        for i in range(1, r)
    ]
    below = torch.stack([*column, phi.new_zeros(count)], 1)
    return phi, phi * gamma[:, :1] + below, gamma[:, 0]


class _Compiled(torch.autograd.Function):
    """Value and gradient in one pass of the compiled kernel."""

    @staticmethod
    def forward(
        ctx: Any, w: Tensor, start: Tensor, phi: Tensor, mean: Tensor, gain: Tensor, first: Tensor
    ) -> Tensor:
        square, logs, dmean, dfirst = w.new_empty(4, len(w))
        dphi, dgain = w.new_empty(phi.shape), w.new_empty(gain.shape)
        wanted, by = any(ctx.needs_input_grad), (dphi, dmean, dgain, dfirst)
        launch("arma", "innovations", w, start, phi, mean, gain, first, square, logs, wanted, *by)
        ctx.save_for_backward(*by)
        size = w.shape[1] - start
        return (square / size).log() / 2 + logs / (2 * size)

    @staticmethod
    def backward(ctx: Any, *outputs: Tensor) -> Tensor:
        (by,) = outputs
        dphi, dmean, dgain, dfirst = ctx.saved_tensors
        return None, None, dphi * by[:, None], dmean * by, dgain * by[:, None], dfirst * by


def cost(w: Tensor, start: Tensor, phi: Tensor, theta: Tensor, mean: Tensor) -> Tensor:
    """Minus the log-likelihood a point, less ``(log(2 pi) + 1) / 2``, at the best variance; differentiable.

    Parameters
    ----------
    w : tensor of float64, shape (B, n)
        Without gaps after ``start``.
    start : tensor of int64, shape (B,)
        Index of each first value.
    phi : tensor, shape (B, p)
    theta : tensor, shape (B, q)
    mean : tensor, shape (B,)

    Returns
    -------
    tensor, shape (B,)
    """
    phi, gain, first = stationary(phi, theta)
    return _Compiled.apply(w, start, phi, mean, gain, first)


class Residuals(NamedTuple):
    """What `residuals` finds.

    Attributes
    ----------
    v, F : tensor, shape (B, n)
        Errors and variances; 0 and 1 before the start.
    a : tensor, shape (B, r)
        Predicted state after the last value.
    change : tensor, shape (B, r, r)
        Its variance, less that at the start.
    """

    v: Tensor
    F: Tensor
    a: Tensor
    change: Tensor


def residuals(w: Tensor, start: Tensor, phi: Tensor, mean: Tensor, gain: Tensor, first: Tensor) -> Residuals:
    """Innovations one by one, and the state after them: by array code, or by the kernel on CUDA.

    The variance of the state moves by rank one a step, ``P' = P + M W W'`` (Morf, Sidhu & Kailath 1974).

    Parameters
    ----------
    w : tensor, shape (B, n)
        Without gaps after ``start``.
    start : tensor of int64, shape (B,)
        Index of each first value.
    phi, gain, first : tensor, shape (B, r), (B, r) and (B,)
        See `stationary`.
    mean : tensor, shape (B,)
    """
    if on_device(w):
        (count, r), (v, F) = gain.shape, w.new_empty(2, *w.shape)
        found = Residuals(v, F, w.new_empty(count, r), w.new_empty(count, r, r))
        launch("arma", "residuals", w, start, phi, mean, gain, first, *found)
        return found
    a, K, W, F, M = torch.zeros_like(gain), gain, gain, first, -1 / first
    change = torch.zeros_like(gain[:, :, None] * gain[:, None, :])
    errors, spreads = [], []

    def onward(x: Tensor) -> Tensor:
        return phi * x[:, :1] + torch.nn.functional.pad(x[:, 1:], (0, 1))

    for t in range(w.shape[1]):
        on = t >= start
        v = torch.where(on, w[:, t] - mean - a[:, 0], 0)
        errors.append(v)
        spreads.append(torch.where(on, F, 1))
        change = change + torch.where(on, M, 0)[:, None, None] * W[:, :, None] * W[:, None, :]
        u, z = onward(W), W[:, 0]
        later = F + M * z * z
        moved = onward(a) + K * (v / F)[:, None]
        new = (moved, K + (M * z)[:, None] * u, u - K * (z / F)[:, None])
        a, K, W = (torch.where(on[:, None], n, o) for n, o in zip(new, (a, K, W), strict=True))
        M, F = torch.where(on, M * F / later, M), torch.where(on, later, F)
    return Residuals(torch.stack(errors, 1), torch.stack(spreads, 1), a, change)
