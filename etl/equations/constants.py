"""Worth of nodes without variables: found at one point, with more digits where doubles are in doubt."""

import numpy as np

from etl.engine import engine_of
from etl.engine.types import Array
from etl.equations.balls import Ball
from etl.equations.forest import Forest
from etl.equations.functions import UNDEFINED
from etl.equations.grammar import CODE
from etl.equations.precise import Precise
from etl.equations.rules import INFINITE, SEEN
from etl.equations.trees import part
from etl.equations.trust import UNIT, Measured, measure
from etl.handoff import from_host

DIGITS = 50


def measure_constants(forest: Forest, nodes: np.ndarray, points: Array) -> tuple[np.ndarray, Measured]:
    """Worth of nodes without variables, so that sin(pi) is 0 and not 1e-16.

    Parameters
    ----------
    forest : Forest
    nodes : int array, shape (nodes,)
        Ascending; all nodes without variables.
    points : complex128 array, shape (symbols, points), numpy or cupy
        Tells where the values are to lie.

    Returns
    -------
    tuple of int array and Measured
        The nodes, and arrays of shape (nodes, 1).
    """
    alone = part(forest, nodes)
    nowhere = np.zeros((len(forest.symbols), 1), np.complex128)
    found = measure(alone, nowhere)
    precise = Precise(alone, nowhere)
    with np.errstate(all="ignore"):
        doubtful = ~(found.error <= SEEN * found.influence) & (alone.height > 0)[:, None]
    equal = alone.func == CODE["equality"]
    for node in np.flatnonzero(doubtful[:, 0] & ~equal):
        found[node] = _measured(precise.values([int(node)], 0, DIGITS)[0])
    engine = engine_of(points)
    return nodes, Measured(*(from_host(each, engine) for each in (found.value, found.error, found.influence)))


def _measured(ball: Ball) -> Measured:
    """The nearest double; nothing is known of numbers that are too large or too small for one."""
    value, error, influence = ball
    if value is None:
        return Measured(UNDEFINED, 0.0, INFINITE)
    double = complex(value)
    if error > 900 or (not 1e-290 < abs(double) < 1e290 and value != 0):
        return Measured(double, INFINITE, 0.0)
    rounding = 0.0 if error == -INFINITE and double == value else 2.0**error + 2 * UNIT * abs(double)
    return Measured(double, rounding, 2.0 ** min(influence, 1_000.0))
