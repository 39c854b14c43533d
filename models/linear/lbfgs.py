"""Minimising a smooth convex function of one vector, which stays where the data lie."""

from collections.abc import Callable
from typing import NamedTuple

from etl.engine.types import Array
from etl.handoff import numbers

Objective = Callable[[Array], tuple[Array, Array]]
"""Value, of shape (), and gradient at a point."""
ARMIJO = 1e-4
HALVINGS = 20


class Minimum(NamedTuple):
    """Point, steps made and why no more were."""

    x: Array
    n_iter: int
    reason: str


def minimise(
    objective: Objective, x: Array, *, steps: int = 100, tol: float = 1e-4, memory: int = 6
) -> Minimum:
    """L-BFGS with halving steps; one number is read from the device for each point that is tried.

    Source: Nocedal and Wright, "Numerical optimization", 2006, algorithms 7.4, 7.5 and 3.1.

    Parameters
    ----------
    objective : callable
        ``objective(x)`` returns value and gradient.
    x : float64 array, shape (n,)
        Where to begin.
    steps : int
        Most steps.
    tol : float
        A gradient of this share of the first one's length ends it.
    memory : int
        Pairs of steps and changes of the gradient that are kept.

    Examples
    --------
    >>> import numpy
    >>> minimise(lambda x: (((x - 3) ** 2).sum(), 2 * (x - 3)), numpy.zeros(2)).x.round(3).tolist()
    [3.0, 3.0]
    """
    value, gradient = objective(x)
    now, length = numbers([value, (gradient * gradient).sum()])
    enough, pairs = tol * length**0.5, list[tuple[Array, Array, Array]]()
    for step in range(steps):
        if length**0.5 <= enough:
            return Minimum(x, step, f"the gradient fell to {tol:g} of the first")
        direction = _direction(gradient, pairs)
        scale = 1.0 if pairs else 1.0 / max(length**0.5, 1e-300)
        found = _search(objective, x, direction, now, gradient, scale)
        if found is None:
            return Minimum(x, step, "no step was lower")
        after, value, new, now, length = found
        moved, turned = after - x, new - gradient
        pairs = [*pairs[-(memory - 1) :], (moved, turned, 1.0 / (moved * turned).sum())]
        x, gradient = after, new
    return Minimum(x, steps, f"all steps ({steps}) were made")


def _direction(gradient: Array, pairs: list[tuple[Array, Array, Array]]) -> Array:
    """Minus the inverse Hessian times the gradient, by the two loops of algorithm 7.4."""
    q, alphas = gradient.copy(), []
    for moved, turned, rho in reversed(pairs):
        alphas.append(rho * (moved * q).sum())
        q -= alphas[-1] * turned
    if pairs:
        moved, turned, rho = pairs[-1]
        q /= rho * (turned * turned).sum()
    for (moved, turned, rho), alpha in zip(pairs, reversed(alphas), strict=True):
        q += (alpha - rho * (turned * q).sum()) * moved
    return -q


def _search(
    objective: Objective, x: Array, direction: Array, now: float, gradient: Array, scale: float
) -> tuple[Array, Array, Array, float, float] | None:
    """The first of halved steps that is low enough, with its value, gradient and that one's square length."""
    slope = (direction * gradient).sum()
    for _ in range(HALVINGS):
        after = x + scale * direction
        value, new = objective(after)
        curved = ((new - gradient) * (after - x)).sum()
        found, fall, square, bent = numbers([value, slope, (new * new).sum(), curved])
        if found <= now + ARMIJO * scale * fall and bent > 0:
            return after, value, new, found, square
        scale /= 2
    return None
