"""The smoother of `models.statespace.kalman`: each state given all observations, before and after."""

from typing import NamedTuple

import torch

from etl.engine.types import Tensor
from models.statespace.kalman import Filtered, StateSpace, Step, _outer, _times


class Sums(NamedTuple):
    """Sums over later observations: r for the mean, N for the variance, by powers of the diffuse scale."""

    r0: Tensor
    r1: Tensor
    N0: Tensor
    N1: Tensor
    N2: Tensor


def _plain(step: Step, sums: Sums) -> Sums:
    """Pass one observation of finite variance (Durbin & Koopman 2012, equations 4.38, 4.42 and 5.23)."""
    r0, r1, N0, N1, N2 = sums
    F, z = step.F[:, None], step.z
    # L = I - K z' with K = M / F
    L = _eye(z) - _outer(step.M / F, z)
    # r0 <- z v / F + L' r0 and N0 <- z z' / F + L' N0 L; the others pass by L alone
    new_r0 = z * step.v[:, None] / F + _times(L.mT, r0)
    new_N0 = _outer(z, z) / F[..., None] + L.mT @ N0 @ L
    return Sums(new_r0, _times(L.mT, r1), new_N0, L.mT @ N1 @ L, L.mT @ N2 @ L)


def _diffuse(step: Step, sums: Sums) -> Sums:
    """Pass one observation of infinite variance (Durbin & Koopman 2012, equations 5.19 to 5.29).

    ``1 / F = F1 + F2 + ...`` in powers of the diffuse scale, ``F1 = 1 / F_inf`` and ``F2 = -F / F_inf ** 2``.
    """
    r0, r1, N0, N1, N2 = sums
    F, F_inf, z = step.F[:, None], step.F_diffuse[:, None], step.z
    # K0 = M_inf F1, K1 = M F1 + M_inf F2; L0 = I - K0 z', L1 = -K1 z'
    K0 = step.M_diffuse / F_inf
    K1 = step.M / F_inf - step.M_diffuse * F / F_inf**2
    L0, L1 = _eye(z) - _outer(K0, z), -_outer(K1, z)
    # r0 <- L0' r0 and r1 <- z v F1 + L1' r0 + L0' r1
    new_r0 = _times(L0.mT, r0)
    new_r1 = z * step.v[:, None] / F_inf + _times(L1.mT, r0) + _times(L0.mT, r1)
    # N0 <- L0' N0 L0 and N1 <- z F1 z' + L0' N1 L0 + L1' N0 L0
    zF1z = _outer(z, z) / F_inf[..., None]
    new_N0 = L0.mT @ N0 @ L0
    new_N1 = zF1z + L0.mT @ N1 @ L0 + L1.mT @ N0 @ L0
    # N2 <- z F2 z' + L0' N2 L0 + L0' N1 L1 + (L0' N1 L1)' + L1' N0 L1
    zF2z, cross = -zF1z * (F / F_inf)[..., None], L0.mT @ N1 @ L1
    new_N2 = zF2z + L0.mT @ N2 @ L0 + cross + cross.mT + L1.mT @ N0 @ L1
    return Sums(new_r0, new_r1, new_N0, new_N1, new_N2)


def _eye(z: Tensor) -> Tensor:
    return torch.eye(z.shape[1], dtype=z.dtype, device=z.device)


def _back(step: Step, sums: Sums) -> Sums:
    """Pass one observation back, each series by its own rule; one that is missing changes nothing."""

    def where(mask: Tensor, yes: Tensor, no: Tensor) -> Tensor:
        return torch.where(mask.reshape(-1, *[1] * (yes.ndim - 1)), yes, no)

    plain, diffuse = _plain(step, sums), _diffuse(step, sums)
    parts = zip(diffuse, plain, sums, strict=True)
    return Sums(*(where(step.seen, where(step.diffuse, d, p), same) for d, p, same in parts))


def kalman_smoother(filtered: Filtered, model: StateSpace) -> tuple[Tensor, Tensor]:
    """Mean and variance of each state given all observations.

    Parameters
    ----------
    filtered : Filtered
        What `models.statespace.kalman.kalman_filter` made of the same model.
    model : StateSpace

    Returns
    -------
    mean : tensor, shape (B, n, k)
    variance : tensor, shape (B, n, k, k)

    Examples
    --------
    >>> from models.statespace.kalman import kalman_filter
    >>> one = torch.ones(1, 1, dtype=torch.float64)
    >>> walk = StateSpace(one, one, 0 * one[0], one, 0 * one[0], 0 * one, one)
    >>> y = torch.tensor([[1.0, torch.nan, 3.0]], dtype=torch.float64)
    >>> mean, variance = kalman_smoother(kalman_filter(y, walk), walk)
    >>> mean[0, :, 0].tolist(), variance[0, :, 0, 0].tolist()
    ([1.0, 2.0, 3.0], [0.0, 0.5, 0.0])
    """
    count, n = len(filtered.loglik), len(filtered.steps)
    m = model.batched(count)
    vector, matrix = torch.zeros_like(m.a1), torch.zeros_like(m.P1)
    sums = Sums(vector, vector, matrix, matrix, matrix)
    means, variances = [], []
    for t in reversed(range(n)):
        for step in reversed(filtered.steps[t]):
            sums = _back(step, sums)
        a, P, D = filtered.mean[t], filtered.variance[t], filtered.diffuse[t]
        r0, r1, N0, N1, N2 = sums
        means.append(a + _times(P, r0) + _times(D, r1))
        cross = D @ N1 @ P
        variances.append(P - P @ N0 @ P - cross - cross.mT - D @ N2 @ D)
        T = m.T
        sums = Sums(_times(T.mT, r0), _times(T.mT, r1), T.mT @ N0 @ T, T.mT @ N1 @ T, T.mT @ N2 @ T)
    return torch.stack(means[::-1], 1), torch.stack(variances[::-1], 1)
