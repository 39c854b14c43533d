"""One scalar observation and its adjoint, for Triton: see `models.statespace.cuda.kalman`.

Steps are (v, F, F_diffuse, kind, log-likelihood); the kind is 1 of a finite variance, 2 of an infinite one.
"""

import importlib
from typing import Any

triton: Any = importlib.import_module("triton")  # by name, as the package comes only with PyTorch for CUDA
tl: Any = importlib.import_module("triton.language")


@triton.jit
def vector(data, at, k, K: tl.constexpr):  # type: ignore[no-untyped-def]
    """Row ``at``, and zeros to K."""
    i = tl.arange(0, K)
    return tl.load(data + at * k + i, mask=i < k, other=0.0)


@triton.jit
def tile(data, at, k, K: tl.constexpr):  # type: ignore[no-untyped-def]
    """Matrix ``at``, and zeros to K."""
    row, column = tl.arange(0, K)[:, None], tl.arange(0, K)[None, :]
    return tl.load(data + at * k * k + row * k + column, mask=(row < k) & (column < k), other=0.0)


@triton.jit
def observed(y, z, h, a, P, D, steps, at):  # type: ignore[no-untyped-def]
    """Durbin & Koopman 2012, equations 6.13 to 6.15, 5.13 and 5.14; returns what the log-likelihood gains."""
    seen = y == y
    v = tl.where(seen, y, 0.0) - tl.sum(z * a, 0)
    M, M_inf = tl.sum(P * z[None, :], 1), tl.sum(D * z[None, :], 1)
    F, F_inf = tl.sum(z * M, 0) + h, tl.sum(z * M_inf, 0)
    diffuse = seen & (F_inf > 1e-8 * tl.sum(z * z, 0))  # DIFFUSE of kalman
    plain = seen & (diffuse == 0) & (F > 0)
    safe, safe_inf = tl.where(plain, F, 1.0), tl.where(diffuse, F_inf, 1.0)
    gain = tl.where(diffuse, M_inf / safe_inf, tl.where(plain, M / safe, 0.0))
    P = _joseph(P, z, gain) + h * gain[:, None] * gain[None, :]
    D_new, largest = _joseph(D, z, gain), tl.max(tl.max(tl.abs(D), 1), 0)
    # What rounding left of a direction that is known now would grow in an explosive model.
    D = tl.where(diffuse, tl.where(tl.abs(D_new) > 1e-12 * largest, D_new, 0.0), D)
    log_2pi = 1.8378770664093453
    gained = tl.where(plain, -0.5 * (log_2pi + tl.log(safe) + v * v / safe), 0.0)
    gained += tl.where(diffuse, -0.5 * (log_2pi + tl.log(safe_inf)), 0.0)
    tl.store(steps[0] + at, v)
    tl.store(steps[1] + at, F)
    tl.store(steps[2] + at, F_inf)
    tl.store(steps[3] + at, tl.where(diffuse, 2, tl.where(plain, 1, 0)))
    return a + gain * v, P, D, gained


@triton.jit
def _joseph(P, z, gain):  # type: ignore[no-untyped-def]
    """(I - gain z') P (I - gain z')'."""
    left = P - gain[:, None] * tl.sum(P * z[:, None], 0)[None, :]
    return left - tl.sum(left * z[None, :], 1)[:, None] * gain[None, :]


@triton.jit
def unobserved(z, a, P, D, da, dP, dD, steps, by, by_loglik, dH, at):  # type: ignore[no-untyped-def]
    """Adjoint of ``P' = P - g M' - M g' + F g g'``, ``D' = D - M_inf M_inf' / F_inf`` and ``a' = a + g v``.

    ``M = P z``, ``F = z' M + h``, ``v = y - z' a``, and ``g`` is M / F, M_inf / F_inf or 0; ``dP`` and ``dD``
    are symmetric. Stores the derivative by h, returns those by a, P, D and z.
    """
    v, F, F_inf = tl.load(steps[0] + at), tl.load(steps[1] + at), tl.load(steps[2] + at)
    kind = tl.load(steps[3] + at)
    plain, diffuse = tl.where(kind == 1, 1.0 / F, 0.0), tl.where(kind == 2, 1.0 / F_inf, 0.0)
    M, M_inf = tl.sum(P * z[None, :], 1), tl.sum(D * z[None, :], 1)
    gain = M * plain + M_inf * diffuse
    Pg, DM = tl.sum(dP * gain[None, :], 1), tl.sum(dD * M_inf[None, :], 1)
    dgain = 2 * F * Pg - 2 * tl.sum(dP * M[None, :], 1) + da * v
    turned = tl.sum(dgain * gain, 0)
    dv = tl.load(by[0] + at) + tl.sum(da * gain, 0) - by_loglik * v * plain
    dF = tl.load(by[1] + at) + tl.sum(gain * Pg, 0) - turned * plain
    dF -= 0.5 * by_loglik * (plain - v * v * plain * plain)
    dF_inf = tl.load(by[2] + at) + (tl.sum(M_inf * DM, 0) * diffuse - turned - 0.5 * by_loglik) * diffuse
    dM = dgain * plain - 2 * Pg + dF * z
    dM_inf = (dgain - 2 * DM) * diffuse + dF_inf * z
    dz = dF * M + dF_inf * M_inf + tl.sum(P * dM[None, :], 1) + tl.sum(D * dM_inf[None, :], 1) - dv * a
    tl.store(dH + at, dF)
    return da - dv * z, dP + _both(dM, z), dD + _both(dM_inf, z), dz


@triton.jit
def _both(x, z):  # type: ignore[no-untyped-def]
    return 0.5 * (x[:, None] * z[None, :] + z[:, None] * x[None, :])
