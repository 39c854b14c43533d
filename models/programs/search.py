"""Which candidates make an equation true at its sample points: found from the blank's side, or by trying all.

From the blank's side, what must stand there is worked out at one point; an index of values names the few
candidates that have it, and only these are tried at the other points. Where none of the pool does, one more
step down is taken for each function: what is looked for may be put together of two candidates.
"""

from collections.abc import Iterator

import numpy as np

from etl.engine.types import Array
from etl.equations.functions import apply
from etl.equations.grammar import CODE, UNARY
from models.programs.context import Context
from models.programs.invert import Anything, preimages
from models.programs.pool import Pool, rounded

BRANCHES = 16
"""Wanted values from which one more step down is taken."""
Pair = tuple[int, int, int]
"""A function and two candidates; the second is -1 for a function of one argument."""


def by_enumeration(context: Context, pool: Pool) -> tuple[Array, Array]:
    """Candidates that fit, of all that there are.

    Parameters
    ----------
    context : Context
    pool : Pool
        With values at the points of the context.

    Returns
    -------
    candidates : int array, shape (found,)
        Places in the pool.
    shares : float array, shape (found,)
        Of the points at which they fit.
    """
    for point in base_points(context):
        at = slice(point, point + 1)
        found = _fitting(context, pool, np.flatnonzero(context.equal(pool.values[:, at], at)[:, 0]))
        if len(found[0]):
            return found
    return _nothing()


def by_inversion(context: Context, pool: Pool) -> tuple[Array, Array]:
    """Candidates that fit, of those with a value that the equation wants.

    Parameters
    ----------
    context : Context
    pool : Pool

    Returns
    -------
    candidates, shares
        As of `by_enumeration`.
    """
    for point in base_points(context):
        try:
            wanted, whole = context.down(point)
        except Anything:
            return by_enumeration(context, pool)
        found = _fitting(context, pool, pool.near(wanted, point))
        if len(found[0]):
            return found
        if not whole:
            return by_enumeration(context, pool)
    return _nothing()


def _nothing() -> tuple[Array, Array]:
    return np.empty(0, int), np.empty(0)


def base_points(context: Context) -> list[int]:
    """Points from which candidates are looked for: where all that stands beside the blank is defined.

    Parameters
    ----------
    context : Context
    """
    return np.flatnonzero(context.defined).tolist()


def _fitting(context: Context, pool: Pool, places: Array) -> tuple[Array, Array]:
    shares = context.agree(pool.values[places])
    return places[shares > 0], shares[shares > 0]


def composed(context: Context, pool: Pool) -> list[Pair]:
    """Functions of one or two candidates that fit at all points.

    Parameters
    ----------
    context : Context
    pool : Pool

    Returns
    -------
    list of (code, place, place)
        None has the values of a candidate.
    """
    known = {row.tobytes() for row in rounded(pool.values)}
    kept: list[Pair] = []
    for name, first, second in _steps(context, pool):
        values = apply(name, *(pool.values[places] for places in (first, second) if places is not None))
        share = context.agree(values)
        new = np.array([row.tobytes() not in known for row in rounded(values)], bool)
        fits = np.flatnonzero((share == 1) & new)
        seconds = np.full(len(first), -1) if second is None else second
        kept += [(CODE[name], int(first[at]), int(seconds[at])) for at in fits]
    return kept


def _steps(context: Context, pool: Pool) -> Iterator[tuple[str, Array, Array | None]]:
    """Candidates by function that meet a wanted value at the first base point."""
    try:
        point = base_points(context)[0]
        wanted, _ = context.down(point, BRANCHES)
    except (Anything, IndexError):
        return
    for name in UNARY:
        yield name, pool.near(preimages(CODE[name], 0, wanted), point), None
    beside = pool.values[:, point]
    for name in ("add", "mul", "pow"):
        with np.errstate(all="ignore"):
            looked_for = _ARITHMETIC[name](wanted[:, None], beside[None]).ravel()
        looked_for[~np.isfinite(looked_for)] = np.nan
        sought, found = pool.pairs(looked_for, point)
        second = sought % len(beside)
        yield name, found, second


_ARITHMETIC = {
    "add": lambda wanted, other: wanted - other,
    "mul": lambda wanted, other: wanted / other,
    "pow": lambda wanted, other: wanted ** (1 / other),
}
"""The first argument from the second; of a root the first branch."""
