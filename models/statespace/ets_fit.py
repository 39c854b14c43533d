"""Exponential smoothing models of one form fitted to a batch of series."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch

from etl.engine.types import Tensor
from models.statespace.ets_start import Map, first_states, grid
from models.statespace.forecaster import first_value
from models.statespace.kalman import LOG_2PI
from models.statespace.lbfgs import Minimum, challenge, minimise
from models.statespace.smoothing import Form, cost, run

NUDGE = 1e-4
"""Step of the differences that tell how errors move with the parameters."""


@dataclass(frozen=True)
class Fitted:
    """A form fitted to series.

    Attributes
    ----------
    weights : tensor, shape (B, 4)
        alpha, beta, gamma, phi.
    first : tensor, shape (B, 2 + period)
        Level, slope and seasons before the data.
    loglik, aicc : tensor, shape (B,)
    n_iter, reason : tensor of int64, shape (B,)
        See `models.statespace.lbfgs.Minimum`.
    """

    form: Form
    weights: Tensor
    first: Tensor
    loglik: Tensor
    aicc: Tensor
    n_iter: Tensor
    reason: Tensor

    def take(self, rows: Tensor) -> "Fitted":
        """The same of some of the series."""
        return Fitted(self.form, *(value[rows] for name, value in vars(self).items() if name != "form"))


def fit(y: Tensor, form: Form, steps: int = 100, tol: float = 1e-4, starts: int = 2) -> Fitted:
    """Maximise the likelihood of each series over weights and first states together.

    Parameters
    ----------
    y : tensor of float64, shape (B, n)
        NaN is a gap.
    form : Form
    steps : int
        Most steps of a search.
    tol : float
        On the gradient, where parameters are scaled so that the curvature is about 1.
    starts : int
        Searches, from the best of a small grid; a form of one weight and one state has one minimum.
    """
    start = first_value(y)
    maps = first_states(y, start, form)
    flat = y.nan_to_num(-torch.inf).amax(1) == y.nan_to_num(torch.inf).amin(1)

    def value(x: Tensor, rows: Tensor) -> Tensor:
        part = Map(form, maps.first[rows], maps.unit[rows])
        return cost(y[rows], start[rows], form, part.weights(x), part.states(x)).masked_fill(
            flat[rows], torch.inf
        )

    rows = torch.arange(len(y), device=y.device)
    tried = torch.stack(grid(form, y))
    ranks = torch.stack([value(x, rows) for x in tried]).argsort(0)
    found = None
    for rank in ranks[: 1 if form.size == 2 else starts]:
        first = tried[rank, rows]
        found = _search(value, first, _scale(y, start, maps, first), steps, tol, found)
    assert found is not None
    n, k = (~torch.isnan(y)).sum(1), form.size + 1
    loglik = -n * (found.f + 0.5 * (LOG_2PI + 1))
    aicc = -2 * loglik + 2 * k * n / (n - k - 1).clamp(min=1e-9)
    return Fitted(form, maps.weights(found.x), maps.states(found.x), loglik, aicc, found.n_iter, found.reason)


def _search(
    value: Callable[[Tensor, Tensor], Tensor],
    first: Tensor,
    C: Tensor,
    steps: int,
    tol: float,
    rival: Minimum | None,
) -> Minimum:
    """L-BFGS in numbers ``z`` of ``x = first + C z``; to the end only where it beats an earlier search."""

    def objective(z: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
        with torch.enable_grad():
            free = z.detach().requires_grad_()
            x = first[rows] + (C[rows] @ free[..., None])[..., 0]
            f = value(x, rows)
            (g,) = torch.autograd.grad(f.sum(), free)
        return f.detach(), g

    origin = torch.zeros_like(first)
    if rival is None:
        found = minimise(objective, origin, steps=steps, gtol=tol)
    else:
        whitened = torch.linalg.solve(C, (rival.x - first)[..., None])[..., 0]
        found = challenge(objective, replace(rival, x=whitened), origin, steps=steps, gtol=tol)
    return replace(found, x=first + (C @ found.x[..., None])[..., 0])


def _scale(y: Tensor, start: Tensor, maps: Map, x: Tensor) -> Tensor:
    """Inverse root of the Gauss-Newton Hessian at the start, (B, p, p): there the search sees a sphere."""

    def errors(x: Tensor) -> Tensor:
        return run(y, start, maps.form, maps.weights(x), maps.states(x))[0].nan_to_num(0.0)

    base = errors(x)
    eye = torch.eye(x.shape[1], dtype=x.dtype, device=x.device)
    J = torch.stack([(errors(x + NUDGE * eye[j]) - base) / NUDGE for j in range(x.shape[1])], 2)
    size = (base * base).sum(1).clamp(min=1e-300)
    H = (J.mT @ J / size[:, None, None]).nan_to_num(0.0, 0.0, 0.0)
    H = H + 1e-4 * torch.diag_embed(H.diagonal(0, 1, 2)) + 1e-6 * eye
    root = torch.linalg.cholesky_ex(H)[0]
    return torch.linalg.solve_triangular(root.mT, eye.expand_as(H), upper=True)
