"""L-BFGS over a batch of small problems, each with a line search and an end of its own."""

from collections.abc import Callable
from dataclasses import dataclass

import torch

from etl.engine.types import Tensor

Objective = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
REASONS = ("steps too many", "gradient small", "no more decrease", "not finite at the start")

ROUGH = 1e-2
"""Gradient at which a second search stops, unless it is ahead of the first."""


@dataclass(frozen=True)
class Minimum:
    """Where each problem ended.

    Attributes
    ----------
    x : tensor, shape (B, p)
    f : tensor, shape (B,)
    n_iter : tensor of int64, shape (B,)
    reason : tensor of int64, shape (B,)
        Index into `REASONS`.
    evaluations : int
        Of one problem's objective, over all problems.
    """

    x: Tensor
    f: Tensor
    n_iter: Tensor
    reason: Tensor
    evaluations: int


def minimise(
    objective: Objective,
    x: Tensor,
    *,
    steps: int = 100,
    memory: int = 8,
    gtol: float = 1e-5,
    ftol: float = 1e-10,
) -> Minimum:
    """Minimise each row's objective (Nocedal & Wright 2006, algorithm 7.5); a finished row drops out.

    Parameters
    ----------
    objective : callable
        ``objective(x, rows)`` gives values (b,) and gradients (b, p) at ``x``, shape (b, p), of the problems
        ``rows``, int64. A value that is not finite is a step too far.
    x : tensor, shape (B, p)
    steps : int
    memory : int
        Pairs kept.
    gtol : float
        A row ends when no part of its gradient is larger,
    ftol : float
        or when a step lowers it by less, relative to ``max(|f|, 1)``.

    Examples
    --------
    >>> centre = torch.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=torch.float64)
    >>> def bowl(x, rows):
    ...     return ((x - centre[rows]) ** 2).sum(1), 2 * (x - centre[rows])
    >>> found = minimise(bowl, 0 * centre)
    >>> torch.allclose(found.x, centre), [REASONS[r] for r in found.reason]
    (True, ['gradient small', 'gradient small'])
    """
    return _Run(objective, x, steps, memory, gtol, ftol).run()


def challenge(objective: Objective, first: Minimum, x: Tensor, *, steps: int, gtol: float) -> Minimum:
    """Search again from another start, roughly; where that is lower than ``first``, finish the search there.

    Parameters
    ----------
    objective : callable
        See `minimise`.
    first : Minimum
        Of an earlier search.
    x : tensor, shape (B, p)
        The other start.
    steps, gtol
        See `minimise`.

    Returns
    -------
    Minimum
        The lower one of each problem.
    """
    rough = minimise(objective, x, steps=steps, gtol=ROUGH, ftol=ROUGH**2)
    better = (rough.f < first.f).nonzero()[:, 0]
    if not len(better):
        return first

    def part(x: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
        return objective(x, better[rows])

    fine = minimise(part, rough.x[better], steps=steps, gtol=gtol)
    return Minimum(
        first.x.index_copy(0, better, fine.x),
        first.f.index_copy(0, better, fine.f),
        first.n_iter.index_copy(0, better, rough.n_iter[better] + fine.n_iter),
        first.reason.index_copy(0, better, fine.reason),
        first.evaluations + rough.evaluations + fine.evaluations,
    )


class _Run:
    """State of the rows that still move; results are written back as rows end."""

    def __init__(
        self, objective: Objective, x: Tensor, steps: int, memory: int, gtol: float, ftol: float
    ) -> None:
        self.objective, self.steps, self.memory, self.gtol, self.ftol = objective, steps, memory, gtol, ftol
        self.rows = torch.arange(len(x), device=x.device)
        self.x, self.evaluations = x.clone(), 0
        self.f, self.g = self._evaluate(self.x, self.rows)
        self.pairs: list[tuple[Tensor, Tensor, Tensor]] = []
        self.out = Minimum(x.clone(), self.f.clone(), torch.zeros_like(self.rows), 0 * self.rows, 0)

    def _evaluate(self, x: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
        self.evaluations += len(rows)
        f, g = self.objective(x, rows)
        bad = ~(torch.isfinite(f) & torch.isfinite(g).all(1))
        return f.masked_fill(bad, torch.inf), g.masked_fill(bad[:, None], 0)

    def run(self) -> Minimum:
        self._finish(torch.isinf(self.f), 3, 0)
        self._finish(self.g.abs().amax(1) <= self.gtol if self.x.shape[1] else self.f == self.f, 1, 0)
        for step in range(1, self.steps + 1):
            if not len(self.rows):
                break
            self._advance(step)
        self._finish(torch.ones_like(self.rows, dtype=torch.bool), 0, self.steps)
        return Minimum(self.out.x, self.out.f, self.out.n_iter, self.out.reason, self.evaluations)

    def _advance(self, step: int) -> None:
        direction = self._direction()
        slope = (direction * self.g).sum(1)
        lost = slope >= 0  # rounding may leave no way down: fall back on the gradient
        direction = torch.where(lost[:, None], -self.g, direction)
        slope = torch.where(lost, -(self.g * self.g).sum(1), slope)
        x, f, g = self._search(direction, slope)
        small = (self.f - f) <= self.ftol * self.f.abs().clamp(min=1)
        s, y = (x - self.x).T.contiguous(), (g - self.g).T.contiguous()  # sums over rows run in vectors
        self.x, self.f, self.g = x, f, g
        curved = (s * y).sum(0)
        ok = curved > 1e-10 * (y * y).sum(0).clamp(min=1e-30)
        rho = torch.where(ok, 1 / torch.where(ok, curved, 1), 0)
        self.pairs = [*self.pairs, (s, y, rho)][-self.memory :]
        flat = g.abs().amax(1) <= self.gtol
        self._finish(flat | small, torch.where(flat, 1, 2), step)

    def _direction(self) -> Tensor:
        q, alphas = -self.g.T.contiguous(), []
        for s, y, rho in reversed(self.pairs):
            alpha = rho * (s * q).sum(0)
            q = torch.addcmul(q, alpha, y, value=-1)
            alphas.append(alpha)
        if self.pairs:
            s, y, rho = self.pairs[-1]
            q = q * torch.where(rho > 0, 1 / (rho * (y * y).sum(0)).clamp(min=1e-300), 1)
        else:
            q = q / q.norm(dim=0).clamp(min=1.0)
        for (s, y, rho), alpha in zip(self.pairs, reversed(alphas), strict=True):
            q = torch.addcmul(q, s, alpha - rho * (y * q).sum(0))
        return q.T

    def _search(self, direction: Tensor, slope: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Halve, or follow the parabola, until Armijo's condition holds (Nocedal & Wright, section 3.5)."""
        x, f, g = self.x.clone(), self.f.clone(), self.g.clone()
        length = torch.ones_like(f)
        left = torch.arange(len(f), device=f.device)
        for _ in range(25):
            trial = self.x[left] + length[left, None] * direction[left]
            value, gradient = self._evaluate(trial, self.rows[left])
            ok = value <= self.f[left] + 1e-4 * length[left] * slope[left]
            done = left[ok]
            x[done], f[done], g[done] = trial[ok], value[ok], gradient[ok]
            left, value = left[~ok], value[~ok]
            if not len(left):
                break
            step = length[left]
            bend = value - self.f[left] - slope[left] * step
            best = -slope[left] * step * step / (2 * bend)
            length[left] = torch.where(torch.isfinite(best), best.clamp(0.1 * step, 0.5 * step), 0.2 * step)
        return x, f, g

    def _finish(self, mask: Tensor, reason: Tensor | int, step: int) -> None:
        ended = self.rows[mask]
        if not len(ended):
            return
        self.out.x[ended], self.out.f[ended] = self.x[mask], self.f[mask]
        self.out.n_iter[ended] = step
        self.out.reason[ended] = reason if isinstance(reason, int) else reason[mask]
        keep = ~mask
        self.rows, self.x, self.f, self.g = (t[keep] for t in (self.rows, self.x, self.f, self.g))
        self.pairs = [(s[..., keep], y[..., keep], rho[..., keep]) for s, y, rho in self.pairs]
