"""One step of Chandrasekhar's recursions and its adjoint, for Triton: see `models.statespace.cuda.arma`.

A history is (a, K, W, M, F, v, lead), an adjoint (da, dK, dW, dphi); ``b`` are the series of a program.
"""

import importlib
from typing import Any

triton: Any = importlib.import_module("triton")  # by name, as the package comes only with PyTorch for CUDA
tl: Any = importlib.import_module("triton.language")


@triton.jit
def begun(gain, history, first, begin, b, on, count, r):  # type: ignore[no-untyped-def]
    """Store what the recursions start with."""
    tl.store(history[3] + begin * count + b, -1.0 / first, mask=on)
    tl.store(history[4] + begin * count + b, first, mask=on)
    for i in range(r):
        k = tl.load(gain + tl.cast(i, tl.int64) * count + b, mask=on, other=0.0)
        tl.store(history[1] + (begin * r + i) * count + b, k, mask=on)
        tl.store(history[2] + (begin * r + i) * count + b, k, mask=on)


@triton.jit
def stepped(phi, history, lead, g, now, b, live, count, r):  # type: ignore[no-untyped-def]
    """The state after a value, in place; ``now`` is where the gain lies."""
    for i in range(r):
        at = tl.cast(i, tl.int64) * count + b
        k = tl.load(history[1] + now * r * count + at, mask=live, other=0.0)
        below = tl.load(history[0] + at + count, mask=live & (i + 1 < r), other=0.0)
        p = tl.load(phi + at, mask=live, other=0.0)
        tl.store(history[0] + at, p * lead + below + k * g, mask=live)


@triton.jit
def settled(phi, history, m, f, t, b, moving, count, r):  # type: ignore[no-untyped-def]
    """The next F and M, and the largest number of the next W; the next K and W are stored."""
    row = tl.cast(t, tl.int64) * r * count + b
    z = tl.load(history[2] + row, mask=moving, other=0.0)
    later = f + m * z * z
    largest = tl.zeros_like(f)
    for i in range(r):
        here, there = row + tl.cast(i, tl.int64) * count, row + (tl.cast(i, tl.int64) + r) * count
        below = tl.load(history[2] + here + count, mask=moving & (i + 1 < r), other=0.0)
        u = tl.load(phi + tl.cast(i, tl.int64) * count + b, mask=moving, other=0.0) * z + below
        k = tl.load(history[1] + here, mask=moving, other=0.0)
        new = u - k * z / f
        tl.store(history[2] + there, new, mask=moving)
        tl.store(history[1] + there, k + m * z * u, mask=moving)
        largest = tl.maximum(largest, tl.abs(new))
    at = (tl.cast(t, tl.int64) + 1) * count + b
    tl.store(history[4] + at, later, mask=moving)
    tl.store(history[3] + at, m * f / later, mask=moving)
    return later, m * f / later, largest


@triton.jit
def by_frozen(phi, history, adjoint, g, own, f, frozen, t, b, live, count, r):  # type: ignore[no-untyped-def]
    """Adjoint of a step of which the gain stays, in place; returns the derivative by ``g``."""
    dg, by_lead, previous = tl.zeros_like(g), tl.zeros_like(g), tl.zeros_like(g)
    lead = tl.load(history[6] + t * count + b, mask=live, other=0.0)
    for i in range(r):
        at = tl.cast(i, tl.int64) * count + b
        k = tl.load(history[1] + frozen * r * count + at, mask=live, other=0.0)
        p = tl.load(phi + at, mask=live, other=0.0)
        da = tl.load(adjoint[0] + at, mask=live, other=0.0)
        dg += k * da
        by_lead += p * da
        _add(adjoint[1] + at, g * da, live)
        _add(adjoint[3] + at, lead * da, live)
        tl.store(adjoint[0] + at, previous, mask=live)
        previous = da
    tl.store(adjoint[0] + b, by_lead - (dg / f + own), mask=live)
    return dg


@triton.jit
def by_moving(  # type: ignore[no-untyped-def]
    phi, history, adjoint, g, own, m, f, z, dz, t, b, live, count, r
):
    """Adjoint of a step of which the gain moves, in place; returns the sums that its scalars need."""
    dg, ku, kw = tl.zeros_like(g), tl.zeros_like(g), tl.zeros_like(g)
    by_lead, by_z, before_a, before_u = dg, dg, dg, dg
    lead = tl.load(history[6] + t * count + b, mask=live, other=0.0)
    for i in range(r):
        at = tl.cast(i, tl.int64) * count + b
        here = t * r * count + at
        k, p = tl.load(history[1] + here, mask=live, other=0.0), tl.load(phi + at, mask=live, other=0.0)
        u = p * z + tl.load(history[2] + here + count, mask=live & (i + 1 < r), other=0.0)
        da, dK = (
            tl.load(adjoint[0] + at, mask=live, other=0.0),
            tl.load(adjoint[1] + at, mask=live, other=0.0),
        )
        dW = tl.load(adjoint[2] + at, mask=live, other=0.0)
        du = m * z * dK + dW
        ku += u * dK
        kw += k * dW
        dg += k * da
        by_lead += p * da
        by_z += p * du
        tl.store(adjoint[1] + at, dK + g * da - dW * z / f, mask=live)
        _add(adjoint[3] + at, lead * da + z * du, live)
        tl.store(adjoint[0] + at, before_a, mask=live)
        tl.store(adjoint[2] + at, before_u, mask=live)
        before_a, before_u = da, du
    tl.store(adjoint[0] + b, by_lead - (dg / f + own), mask=live)
    tl.store(adjoint[2] + b, by_z + dz + m * ku - kw / f, mask=live)
    return dg, ku, kw


@triton.jit
def _add(at, value, live):  # type: ignore[no-untyped-def]
    tl.store(at, tl.load(at, mask=live, other=0.0) + value, mask=live)
