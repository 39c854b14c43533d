"""Seasonal ARIMA models as parameters, as differences and as state-space systems, over a batch."""

from dataclasses import dataclass
from typing import Any

import torch

from models.statespace.arma import stationary
from models.statespace.kalman import StateSpace
from models.statespace.starts import hannan_rissanen
from models.statespace.transforms import from_coefficients, polynomial, to_coefficients

SLOW = 2.0
"""Where phi is 0.89 and theta -0.89: the likelihood often has a second maximum beyond."""


@dataclass(frozen=True)
class Order:
    """Orders of an ARIMA (p, d, q)(P, D, Q)s model, with or without a mean of the differenced series.

    Examples
    --------
    >>> Order(1, 1, 1).differences
    [1.0]
    >>> Order(0, 1, 0, 0, 1, 0, 4).differences
    [1.0, 0.0, 0.0, 1.0, -1.0]
    """

    p: int = 0
    d: int = 0
    q: int = 0
    P: int = 0
    D: int = 0
    Q: int = 0
    s: int = 1
    mean: bool = False

    @property
    def size(self) -> int:
        """Parameters besides the variance."""
        return self.p + self.P + self.q + self.Q + self.mean

    @property
    def lags(self) -> int:
        """Values that differencing takes."""
        return self.d + self.D * self.s

    @property
    def differences(self) -> list[float]:
        """Weights of earlier values in ``y = differences * earlier y + w``."""
        total = torch.ones(1, dtype=torch.float64)
        for lag in [1] * self.d + [self.s] * self.D:
            longer = torch.nn.functional.pad(total, (0, lag))
            longer[lag:] -= total
            total = longer
        return (-total[1:] + 0.0).tolist()

    def difference(self, y: Any) -> Any:
        """``w`` from ``y``, shape (B, n - d - D s)."""
        for lag in [1] * self.d + [self.s] * self.D:
            y = y[:, lag:] - y[:, :-lag]
        return y

    def coefficients(self, x: Any) -> tuple[Any, Any, Any]:
        """``phi`` and ``theta`` of the whole polynomials, and the mean, from unbounded numbers (B, size)."""
        ar, sar, ma, sma = x[:, : self.p + self.P + self.q + self.Q].split(
            [self.p, self.P, self.q, self.Q], 1
        )
        phi, theta = to_coefficients(ar), -to_coefficients(ma)
        if self.P:
            phi = -polynomial(-phi, -to_coefficients(sar), self.s)
        if self.Q:
            theta = polynomial(theta, -to_coefficients(sma), self.s)
        return phi, theta, x[:, -1] if self.mean else x.new_zeros(len(x))

    def starts(self, w: Any) -> list[Any]:
        """First values: by Hannan and Rissanen, white noise, and slow waves under noise where p and q allow.

        ``w`` is scaled, 0 where there is no value.
        """
        ar = [*range(1, self.p + 1), *(self.s * j for j in range(1, self.P + 1))]
        ma = [*range(1, self.q + 1), *(self.s * j for j in range(1, self.Q + 1))]
        phi, theta = hannan_rissanen(w, ar, ma)
        parts = [phi[:, : self.p], phi[:, self.p :], -theta[:, : self.q], -theta[:, self.q :]]
        free = [from_coefficients(part.clamp(-5, 5)) for part in parts]
        first = torch.cat([*free, w.new_zeros(len(w), int(self.mean))], 1).nan_to_num(0.0)
        slow = torch.zeros_like(first)
        if not (self.p and self.q):
            return [first, slow]
        slow[:, 0] = slow[:, self.p + self.P] = SLOW
        return [first, torch.zeros_like(first), slow]

    def system(self, phi: Any, theta: Any, mean: Any) -> StateSpace:
        """Unit innovations; the state is earlier ``y``, diffuse, then ARMA (Harvey 1989, section 4.2.2)."""
        delta = torch.tensor(self.differences, dtype=phi.dtype, device=phi.device)
        count, lags, q = len(phi), len(delta), theta.shape[1]
        phi = stationary(phi, theta)[0]
        r = phi.shape[1]
        shift = torch.diag_embed(phi.new_ones(r - 1), offset=1).expand(count, -1, -1)
        inner = torch.cat([phi[:, :, None] + shift[:, :, :1], shift[:, :, 1:]], 2)
        load = torch.nn.functional.pad(torch.cat([phi.new_ones(count, 1), theta], 1), (0, r - q - 1))
        noise = load[:, :, None] * load[:, None, :]
        c = torch.nn.functional.pad((mean * (1 - phi.sum(1)))[:, None], (0, r - 1))
        a1 = mean[:, None] * torch.cat([phi.new_ones(count, 1), phi.flip(1).cumsum(1).flip(1)[:, 1:]], 1)
        row = torch.cat([delta, torch.nn.functional.pad(phi.new_ones(1), (0, r - 1))])
        lower = torch.cat([row[None], torch.eye(lags + r, dtype=phi.dtype, device=phi.device)])[:lags]
        T = torch.cat([lower.expand(count, -1, -1), torch.nn.functional.pad(inner, (lags, 0))], 1)
        wide, long = (lags, 0, lags, 0), (lags, 0)
        pad = torch.nn.functional.pad
        diffuse = torch.diag((torch.arange(lags + r, device=phi.device) < lags).to(phi.dtype))
        return StateSpace(
            T, row[None], row.new_zeros(1), pad(noise, wide), pad(a1, long),
            pad(lyapunov(inner, noise), wide), diffuse, pad(c, long),
        )  # fmt: skip


def lyapunov(T: Any, Q: Any) -> Any:
    """Variance of ``x' = T x + noise(Q)`` at rest, by doubling; T is stable.

    Examples
    --------
    >>> half = torch.tensor([[[0.5]]], dtype=torch.float64)
    >>> round(float(lyapunov(half, 2 * half)), 6)
    1.333333
    """
    P = Q
    for _ in range(30):
        moved = T @ P @ T.mT
        P = P + moved
        if bool((moved.abs().amax((1, 2)) <= 1e-15 * P.abs().amax((1, 2))).all()):
            break
        T = T @ T
    return (P + P.mT) / 2
