"""The Kalman filter over a batch of series, with gaps and an exact diffuse start.

Observations of one time are taken one after another (Durbin & Koopman 2012, section 6.4), so no matrix is
inverted, a gap skips one scalar step of one series, and each series leaves its diffuse phase by itself.
"""

import math
from dataclasses import dataclass, replace

import torch

from etl.engine.types import Tensor
from models.statespace.compiled import on_device
from models.statespace.kalman_compiled import STATES, run_filter

LOG_2PI = math.log(2 * math.pi)
DIFFUSE = 1e-8
"""A diffuse variance below this, relative to its row of ``Z``, counts as zero."""


@dataclass(frozen=True)
class StateSpace:
    """``y = Z x + noise(H)``, ``x' = T x + c + noise(Q)``; k states, p observed, shared or one set a series.

    Attributes
    ----------
    T, Q : tensor, shape (k, k) or (B, k, k)
    Z : tensor, shape (p, k) or (B, p, k)
    H : tensor, shape (p,) or (B, p)
        Variances: put correlated noise into the state.
    a1 : tensor, shape (k,) or (B, k)
        Mean of the first state.
    P1 : tensor, shape (k, k) or (B, k, k)
        Its finite variance.
    P1_diffuse : tensor, shape (k, k) or (B, k, k), optional
        What is multiplied by infinity; none by default.
    c : tensor, shape (k,) or (B, k), optional
    """

    T: Tensor
    Z: Tensor
    H: Tensor
    Q: Tensor
    a1: Tensor
    P1: Tensor
    P1_diffuse: Tensor = None
    c: Tensor = None

    def batched(self, count: int) -> "StateSpace":
        """The same with every matrix of shape (count, ...).

        Raises
        ------
        ValueError
            A shape does not fit the number of states, or of series.
        """
        k, p = self.T.shape[-1], self.Z.shape[-2]
        shapes = {"T": (k, k), "Z": (p, k), "H": (p,), "Q": (k, k), "a1": (k,), "P1": (k, k)}
        zero = self.T.new_zeros
        whole = {
            "P1_diffuse": zero(k, k) if self.P1_diffuse is None else self.P1_diffuse,
            "c": zero(k) if self.c is None else self.c,
        }
        shapes |= {"P1_diffuse": (k, k), "c": (k,)}
        for name, shape in shapes.items():
            value = whole.get(name, getattr(self, name))
            if tuple(value.shape) not in (shape, (count, *shape)):
                raise ValueError(f"{name} has shape {tuple(value.shape)}; give {shape} or {(count, *shape)}")
            whole[name] = value.expand(count, *shape)
        return replace(self, **whole)


@dataclass(frozen=True)
class Step:
    """What one observation of one time left for the smoother.

    Attributes
    ----------
    z : tensor, shape (B, k)
        Its row of ``Z``.
    v, F, F_diffuse : tensor, shape (B,)
        Prediction error, and the finite and infinite part of its variance.
    M, M_diffuse : tensor, shape (B, k)
        ``P z`` of either part of the state's variance.
    seen, diffuse : bool tensor, shape (B,)
        Whether it moved the state, and whether its variance was infinite.
    """

    z: Tensor
    v: Tensor
    F: Tensor
    M: Tensor
    F_diffuse: Tensor
    M_diffuse: Tensor
    seen: Tensor
    diffuse: Tensor


@dataclass(frozen=True)
class Filtered:
    """Predicted states of times 0 to n, the last beyond the data, and the log-likelihood of each series.

    Attributes
    ----------
    mean : list of tensor, shape (B, k)
    variance, diffuse : list of tensor, shape (B, k, k)
    residual, spread : tensor, shape (B, n, p)
        One-step prediction errors and their variances; NaN where nothing is predicted.
    loglik, infinite : tensor, shape (B,)
        The latter sums the logarithms of infinite variances.
    steps : list of list of Step
    """

    mean: list[Tensor]
    variance: list[Tensor]
    diffuse: list[Tensor]
    residual: Tensor
    spread: Tensor
    loglik: Tensor
    infinite: Tensor
    steps: list[list[Step]]


def _outer(a: Tensor, b: Tensor) -> Tensor:
    return a[:, :, None] * b[:, None, :]


def _times(matrix: Tensor, vector: Tensor) -> Tensor:
    return (matrix @ vector[..., None])[..., 0]


def _observe(
    y: Tensor, z: Tensor, h: Tensor, a: Tensor, P: Tensor, D: Tensor
) -> tuple[Step, Tensor, Tensor, Tensor, Tensor]:
    """One scalar observation (Durbin & Koopman 2012, equations 6.13 to 6.15, 5.13 and 5.14)."""
    seen = ~torch.isnan(y)
    v = torch.where(seen, y, 0) - (z * a).sum(1)
    M, M_inf = _times(P, z), _times(D, z)
    F, F_inf = (z * M).sum(1) + h, (z * M_inf).sum(1)
    diffuse = seen & (F_inf > DIFFUSE * (z * z).sum(1))
    plain = seen & ~diffuse & (F > 0)
    safe, safe_inf = torch.where(plain, F, 1), torch.where(diffuse, F_inf, 1)
    gain = torch.where(diffuse[:, None], M_inf / safe_inf[:, None], M / safe[:, None])
    gain = torch.where((plain | diffuse)[:, None], gain, 0)
    # Joseph's form: right for either gain, since P and D are updated by the same I - gain z
    left = torch.eye(z.shape[1], dtype=z.dtype, device=z.device) - _outer(gain, z)
    P = left @ P @ left.mT + h[:, None, None] * _outer(gain, gain)
    D = torch.where(diffuse[:, None, None], _clean(left @ D @ left.mT, D), D)
    a = a + gain * v[:, None]
    loglik = -0.5 * torch.where(plain, LOG_2PI + safe.log() + v * v / safe, 0)
    loglik = loglik - 0.5 * torch.where(diffuse, LOG_2PI + safe_inf.log(), 0)
    return (
        Step(z, v, torch.where(plain | diffuse, F, 1), M, safe_inf, M_inf, plain | diffuse, diffuse),
        a,
        P,
        D,
        loglik,
    )


def _clean(D: Tensor, before: Tensor) -> Tensor:
    """What rounding left of a direction that is known now would grow in an explosive model."""
    return torch.where(D.abs() > 1e-12 * before.abs().amax((1, 2), keepdim=True), D, 0)


def kalman_filter(y: Tensor, model: StateSpace) -> Filtered:
    """Predict each observation from those before it; differentiable in every matrix.

    On CUDA the states are not differentiable; all else is.

    Parameters
    ----------
    y : tensor, shape (B, n) or (B, n, p)
        NaN is a gap.
    model : StateSpace
        Of k states and p observed values.

    Returns
    -------
    Filtered

    Raises
    ------
    ValueError
        A shape does not fit: see `StateSpace.batched`.

    Examples
    --------
    >>> one = torch.ones(1, 1, dtype=torch.float64)
    >>> level = StateSpace(one, one, one[0], one, 0 * one[0], 0 * one, one)
    >>> y = torch.tensor([[1.0, 2.0, torch.nan, 4.0]], dtype=torch.float64)
    >>> round(float(kalman_filter(y, level).loglik), 4)
    -4.8649
    """
    y = y[..., None] if y.ndim == 2 else y
    m = model.batched(len(y))
    if on_device(y) and y.dtype == torch.float64 and m.T.shape[-1] <= STATES:
        return _compiled(y, m)
    a, P, D = m.a1, m.P1, m.P1_diffuse
    means, variances, diffuses, steps = [a], [P], [D], list[list[Step]]()
    loglik = y.new_zeros(len(y))
    for t in range(y.shape[1]):
        row = []
        for i in range(y.shape[2]):
            step, a, P, D, gained = _observe(y[:, t, i], m.Z[:, i], m.H[:, i], a, P, D)
            row.append(step)
            loglik = loglik + gained
        a, P, D = _times(m.T, a) + m.c, m.T @ P @ m.T.mT + m.Q, m.T @ D @ m.T.mT
        P = (P + P.mT) / 2
        for kept, value in ((means, a), (variances, P), (diffuses, D), (steps, row)):
            kept.append(value)
    infinite = [torch.where(s.diffuse, s.F_diffuse, 1).log() for row in steps for s in row]
    residual, spread = _residuals(steps)
    sums = torch.stack(infinite, 1).sum(1)
    return Filtered(means, variances, diffuses, residual, spread, loglik, sums, steps)


def _residuals(steps: list[list[Step]]) -> tuple[Tensor, Tensor]:
    def table(name: str) -> Tensor:
        rows = [
            torch.stack([torch.where(s.seen & ~s.diffuse, getattr(s, name), torch.nan) for s in row], 1)
            for row in steps
        ]
        return torch.stack(rows, 1)

    return table("v"), table("F")


def _compiled(y: Tensor, m: StateSpace) -> Filtered:
    """By the kernel, which knows the states before each observation; the rest follows for all at once."""
    run = run_filter(y, m.T, m.Z, m.H, m.Q, m.a1, m.P1, m.P1_diffuse, m.c)
    plain, diffuse = run.kind == 1, run.kind == 2
    residual, spread = (torch.where(plain, value, torch.nan) for value in (run.v, run.F))
    F, F_diffuse = torch.where(run.kind > 0, run.F, 1), torch.where(diffuse, run.F_diffuse, 1)
    z = m.Z[:, None].expand(-1, y.shape[1], -1, -1)
    M, M_diffuse = (_times(part[:, :-1, :-1], z) for part in (run.variance, run.diffuse))
    parts = (z, run.v, F, M, F_diffuse, M_diffuse, run.kind > 0, diffuse)
    rows = zip(*(part.unbind(1) for part in parts), strict=True)
    steps = [[Step(*step) for step in zip(*(part.unbind(1) for part in row), strict=True)] for row in rows]
    mean, variance, loose = (list(part[:, :, 0].unbind(1)) for part in (run.mean, run.variance, run.diffuse))
    infinite = F_diffuse.log().sum((1, 2))
    return Filtered(mean, variance, loose, residual, spread, run.loglik, infinite, steps)
