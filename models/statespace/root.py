"""The Kalman filter on a square root of the variance, which no rounding turns negative: for float32."""

import torch

from etl.engine.types import Tensor
from models.statespace.kalman import LOG_2PI, StateSpace, _outer, _times


def root_filter(y: Tensor, model: StateSpace) -> tuple[Tensor, Tensor, Tensor]:
    """Potter's update of a root of P, scalar by scalar, and a QR step in time (Kaminski et al. 1971).

    Parameters
    ----------
    y : tensor, shape (B, n) or (B, n, p)
        NaN is a gap.
    model : StateSpace
        Without a diffuse part; ``Q`` and ``P1`` positive semidefinite.

    Returns
    -------
    mean : tensor, shape (B, k)
        Of the state after the last time.
    root : tensor, shape (B, k, k)
        ``root @ root.mT`` is its variance.
    loglik : tensor, shape (B,)

    Raises
    ------
    ValueError
        The model starts diffuse.

    Examples
    --------
    >>> one = torch.ones(1, 1)
    >>> level = StateSpace(one, one, one[0], one, 0 * one[0], one)
    >>> round(float(root_filter(torch.tensor([[1.0, 2.0]]), level)[2]), 3)
    -3.343
    """
    y = y[..., None] if y.ndim == 2 else y
    m = model.batched(len(y))
    if bool((m.P1_diffuse != 0).any()):
        raise ValueError("a root of an infinite variance is none: take kalman_filter, or give a finite P1")
    a, S, noise = m.a1, _root(m.P1), _root(m.Q)
    loglik = y.new_zeros(len(y))
    for t in range(y.shape[1]):
        for i in range(y.shape[2]):
            a, S, gained = _observe(y[:, t, i], m.Z[:, i], m.H[:, i], a, S)
            loglik = loglik + gained
        a = _times(m.T, a) + m.c
        S = torch.linalg.qr(torch.cat([m.T @ S, noise], 2).mT, mode="r")[1].mT
    return a, S, loglik


def _root(matrix: Tensor) -> Tensor:
    """A root of a semidefinite matrix, in its own precision."""
    values, vectors = torch.linalg.eigh(matrix)
    return vectors * values.clamp(min=0).sqrt()[:, None, :]


def _observe(y: Tensor, z: Tensor, h: Tensor, a: Tensor, S: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """One scalar observation: the state, the root of its variance, and what the log-likelihood gains."""
    seen = ~torch.isnan(y)
    f = _times(S.mT, z)
    F = (f * f).sum(1) + h
    seen = seen & (F > 0)
    safe = torch.where(seen, F, 1)
    v = torch.where(seen, y - (z * a).sum(1), 0)
    gain = torch.where(seen[:, None], _times(S, f) / safe[:, None], 0)
    shrink = 1 / (1 + (torch.where(seen, h, 1) / safe).sqrt())
    loglik = -0.5 * torch.where(seen, LOG_2PI + safe.log() + v * v / safe, 0)
    return a + gain * v[:, None], S - _outer(gain * shrink[:, None], f), loglik
