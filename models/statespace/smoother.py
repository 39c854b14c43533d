"""The smoother of `models.statespace.kalman`: each state given all observations, before and after."""

from typing import Any

import torch

from models.statespace.kalman import Filtered, StateSpace, Step, _outer, _times

Sums = tuple[Any, Any, Any, Any, Any]


def _plain(step: Step, sums: Sums) -> Sums:
    """Pass one observation of finite variance (Durbin & Koopman 2012, equations 4.38, 4.42 and 5.23)."""
    r0, r1, N0, N1, N2 = sums
    F, z = step.F[:, None], step.z
    L = torch.eye(z.shape[1], dtype=z.dtype, device=z.device) - _outer(step.M / F, z)
    r0 = z * step.v[:, None] / F + _times(L.mT, r0)
    return r0, _times(L.mT, r1), _outer(z, z) / F[..., None] + L.mT @ N0 @ L, L.mT @ N1 @ L, L.mT @ N2 @ L


def _diffuse(step: Step, sums: Sums) -> Sums:
    """Pass one observation of infinite variance (Durbin & Koopman 2012, equations 5.19 to 5.29)."""
    r0, r1, N0, N1, N2 = sums
    F, F_inf, z = step.F[:, None], step.F_diffuse[:, None], step.z
    L = torch.eye(z.shape[1], dtype=z.dtype, device=z.device) - _outer(step.M_diffuse / F_inf, z)
    L1 = -_outer(step.M / F_inf - step.M_diffuse * F / F_inf**2, z)
    zz, cross = _outer(z, z) / F_inf[..., None], L.mT @ N1 @ L1
    r1 = z * step.v[:, None] / F_inf + _times(L1.mT, r0) + _times(L.mT, r1)
    new_N1 = zz + L.mT @ N1 @ L + L1.mT @ N0 @ L
    N2 = -zz * (F / F_inf)[..., None] + L.mT @ N2 @ L + cross + cross.mT + L1.mT @ N0 @ L1
    return _times(L.mT, r0), r1, L.mT @ N0 @ L, new_N1, N2


def _back(step: Step, sums: Sums) -> Sums:
    def chosen(mask: Any, one: Any, other: Any) -> Any:
        return torch.where(mask.reshape(-1, *[1] * (one.ndim - 1)), one, other)

    plain, diffuse = _plain(step, sums), _diffuse(step, sums)
    out = [
        chosen(step.seen, chosen(step.diffuse, d, f), s) for d, f, s in zip(diffuse, plain, sums, strict=True)
    ]
    return tuple(out)


def kalman_smoother(filtered: Filtered, model: StateSpace) -> tuple[Any, Any]:
    """Mean and variance of each state given all observations.

    Parameters
    ----------
    filtered : Filtered
        What `models.statespace.kalman.kalman_filter` made of the same model.

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
    sums: Sums = (vector, vector, matrix, matrix, matrix)
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
        sums = (_times(T.mT, r0), _times(T.mT, r1), *(T.mT @ N @ T for N in (N0, N1, N2)))
    return torch.stack(means[::-1], 1), torch.stack(variances[::-1], 1)
