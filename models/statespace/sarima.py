"""Seasonal ARIMA models as parameters, as differences and as state-space systems, over a batch."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch.nn.functional import pad

from etl.engine.types import Tensor
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
            longer = pad(total, (0, lag))
            longer[lag:] -= total
            total = longer
        return (-total[1:] + 0.0).tolist()

    def difference(self, y: Tensor) -> Tensor:
        """``w`` from ``y`` (B, n): shape (B, n - d - D s)."""
        for lag in [1] * self.d + [self.s] * self.D:
            y = y[:, lag:] - y[:, :-lag]
        return y

    def coefficients(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Coefficients of the whole polynomials, seasonal parts multiplied in, from unbounded numbers.

        Parameters
        ----------
        x : tensor, shape (B, size)
            For the parts p, P, q, Q in turn, and the mean.

        Returns
        -------
        phi, theta : tensor, shape (B, p + P s) and (B, q + Q s)
        mean : tensor, shape (B,)
        """
        ar, sar, ma, sma = x[:, : self.p + self.P + self.q + self.Q].split(
            [self.p, self.P, self.q, self.Q], 1
        )
        phi, theta = to_coefficients(ar), -to_coefficients(ma)
        if self.P:
            phi = -polynomial(-phi, -to_coefficients(sar), self.s)
        if self.Q:
            theta = polynomial(theta, -to_coefficients(sma), self.s)
        return phi, theta, x[:, -1] if self.mean else x.new_zeros(len(x))

    def starts(self, w: Tensor) -> list[Tensor]:
        """First values: by Hannan and Rissanen, white noise, and slow waves under noise where p and q allow.

        Parameters
        ----------
        w : tensor, shape (B, n - lags)
            Scaled differences, 0 where there is no value.

        Returns
        -------
        list of tensor, shape (B, size)
            Unbounded numbers, see `coefficients`.
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

    def system(self, phi: Tensor, theta: Tensor, mean: Tensor) -> StateSpace:
        """The model of ``y`` in state-space form, with innovations of variance 1.

        The state is the last ``lags`` values of ``y``, the newest first, and then the r = max(p, q + 1)
        states of the ARMA model of ``w``.

        Parameters
        ----------
        phi, theta : tensor, shape (B, whole p) and (B, whole q)
            By `coefficients`.
        mean : tensor, shape (B,)
            Of ``w``.

        Returns
        -------
        StateSpace
            Of lags + r states; earlier values start diffuse, and the ARMA model at rest.
        """
        arma, delta = _arma(phi, theta, mean), phi.new_tensor(self.differences)
        lags, (count, r, _) = len(delta), arma.T.shape
        # y = delta * earlier y + w, and w is the first state of its model.
        Z = torch.cat([delta, pad(phi.new_ones(1), (0, r - 1))])[None]
        # The next earlier values are y itself, then all but the oldest.
        earlier = torch.cat([Z, torch.eye(lags + r, dtype=phi.dtype, device=phi.device)])[:lags]
        T = torch.cat([earlier.expand(count, -1, -1), pad(arma.T, (lags, 0))], 1)
        diffuse = torch.diag((torch.arange(lags + r, device=phi.device) < lags).to(phi.dtype))
        vector, matrix = (lags, 0), (lags, 0, lags, 0)
        return StateSpace(
            T,
            Z,
            H=Z.new_zeros(1),
            Q=pad(arma.Q, matrix),
            a1=pad(arma.a1, vector),
            P1=pad(lyapunov(arma.T, arma.Q), matrix),
            P1_diffuse=diffuse,
            c=pad(arma.c, vector),
        )


class _Arma(NamedTuple):
    """``x' = T x + c + noise(Q)`` of r = max(p, q + 1) states, the first the series, and its mean ``a1``."""

    T: Tensor
    Q: Tensor
    a1: Tensor
    c: Tensor


def _arma(phi: Tensor, theta: Tensor, mean: Tensor) -> _Arma:
    """ARMA models as states, with innovations of variance 1 (Harvey 1989, section 4.2.2)."""
    count, p, q = len(phi), phi.shape[1], theta.shape[1]
    r = max(p, q + 1)
    phi, one = pad(phi, (0, r - p)), phi.new_ones(count, 1)
    # x[i]' = phi[i] x[0] + x[i + 1]: phi is the first column of T, and ones stand above the diagonal.
    shift = torch.diag_embed(phi.new_ones(r - 1), offset=1).expand(count, -1, -1)
    T = torch.cat([phi[:, :, None] + shift[:, :, :1], shift[:, :, 1:]], 2)
    # The innovation e enters as R e with R = (1, theta, 0 ...), so that Q = R R'.
    R = pad(torch.cat([one, theta], 1), (0, r - q - 1))
    # At rest x = T x + c: x[0] = mean and x[i] = (phi[i] + ... + phi[r - 1]) mean.
    c = pad((mean * (1 - phi.sum(1)))[:, None], (0, r - 1))
    a1 = mean[:, None] * torch.cat([one, phi.flip(1).cumsum(1).flip(1)[:, 1:]], 1)
    return _Arma(T, R[:, :, None] * R[:, None, :], a1, c)


def lyapunov(T: Tensor, Q: Tensor) -> Tensor:
    """Variance of ``x' = T x + noise(Q)`` at rest, ``P = T P T' + Q``, by doubling.

    Parameters
    ----------
    T : tensor, shape (B, k, k)
        Stable: its eigenvalues lie within the unit circle.
    Q : tensor, shape (B, k, k)

    Returns
    -------
    tensor, shape (B, k, k)

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
