"""Verdicts over equations: values at points, in doubles where these tell, in more digits elsewhere."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from etl.engine import engine_of
from etl.engine.types import Array
from etl.equations.certificates import VERDICTS, Certificates, verdicts
from etl.equations.constants import measure_constants
from etl.equations.escalate import assure, confirm, escalate
from etl.equations.forest import Equations, Forest
from etl.equations.grammar import CODE
from etl.equations.precise import Precise
from etl.equations.sampling import COUNT, sample_points
from etl.equations.scales import scales
from etl.equations.states import ABSENT, DIFFERENT, EQUAL, UNDEFINED, UNTOLD, roundings, states
from etl.equations.trees import BITS, anywhere, below, of_numbers, part, variables
from etl.equations.trust import measure
from etl.handoff import from_host, to_host

DOUBLE: Final = 16
"""Digits of a double."""
CHANCE: Final = 8
"""Characters of numbers that may be equal to others by chance."""
NEAR: Final = 1.55
"""Points of magnitudes below this are all to be told, see `sampling.SCALES`."""
OPEN: Final = [VERDICTS.index(verdict) for verdict in ("identity", "false")]
"""What farther points may change."""
BLOCK: Final = 8_192
"""Equations that are evaluated together; each distinct subtree of theirs is computed once."""


def certify(
    equations: Equations,
    *,
    points: int | Array = COUNT,
    seed: int = 0,
    digits: int = 50,
    prove: bool = False,
    time_limit: float = 5.0,
    wide: bool = True,
) -> Certificates:
    """Verdicts over equations by their values at points.

    Doubles decide where the sides differ by far more than the bound of their error, or agree within it and no
    leaf could have been lost; the rest goes to mpmath with 30 digits, then with more. An equation without
    variables has one point. One without variables and with a lone number with a decimal point on one side, as
    ``sin(1.2) = 0.93``, is an evaluation: it is true where the value rounds to that number (half a unit of
    its last decimal). Other decimals are exact.

    Parameters
    ----------
    equations : Equations
        Without blanks and black boxes.
    points : int, or complex128 array of shape (symbols, points), numpy or cupy
        How many are sampled, or the points themselves; doubles are computed where they lie.
    seed : int
        Of the sample.
    digits : int
        Of mpmath at most before it is asked for more than twice as many where a leaf is lost at these. 16:
        doubles alone, and what they leave open is undecided.
    prove : bool
        Whether SymPy is asked to simplify ``left - right`` of each identity to 0.
    time_limit : float
        Seconds for each proof.
    wide : bool
        Whether equations with numbers of 5 and more, and functions of several branches, are tried at
        points of such magnitudes, too; these follow the others.

    Returns
    -------
    Certificates

    Raises
    ------
    ValueError
        A root that is no equality, a blank or a black box: with the place of the first such equation.

    Examples
    --------
    >>> from etl.equations.forest import Builder
    >>> build = Builder()
    >>> x, two = build.symbol("x"), build.number("2")
    >>> root = build.node("pow", build.node("pow", x, two), build.number("1/2"))
    >>> roots = [build.node("equality", root, side) for side in (x, build.node("abs", x), two)]
    >>> found = certify(build.equations(roots))
    >>> found.names(), found.of(0).branch
    (['conditional', 'identity', 'false'], 'true for x > 0 (6 of 12 points), false for x < 0')
    """
    _check(equations)
    places = sample_points(len(equations.forest.symbols), points, seed) if isinstance(points, int) else points
    found = np.full((len(equations), places.shape[1]), ABSENT, np.int8)
    used = np.zeros(len(equations), np.int16)
    apart = np.zeros(len(equations))
    here = to_host(places)
    for block in _blocks(equations):
        found[block], apart[block], used[block] = _block(equations, block, (places, here), digits)
    if wide:
        found, here = _farther(equations, found, used, places, digits)
    certificates = Certificates(equations, here, found, verdicts(found), used, apart)
    if prove:
        from etl.equations.prove import prove_identities

        prove_identities(certificates, time_limit)
    return certificates


def _check(equations: Equations) -> None:
    forest, roots = equations.forest, equations.roots
    wrong = np.flatnonzero(forest.func[roots] != CODE["equality"])
    if len(wrong):
        raise ValueError(f"{place(equations, int(wrong[0]))} is no equality: write left = right")


def place(equations: Equations, number: int) -> str:
    """Where an equation was written, or its number from 1 on.

    Parameters
    ----------
    equations : Equations
    number : int
        From 0 on.
    """
    return equations.places[number] if equations.places else f"equation {number + 1}"


def _blocks(equations: Equations) -> Iterator[np.ndarray]:
    order = np.argsort(equations.roots, kind="stable")
    for start in range(0, len(order), BLOCK):
        yield order[start : start + BLOCK]


def _farther(
    equations: Equations, found: np.ndarray, used: np.ndarray, places: Array, digits: int
) -> tuple[np.ndarray, np.ndarray]:
    """States and points, with those of each scale of equations; the digits that are used are raised."""
    here = to_host(places)
    tried, points = [found], [here]
    far = scales(equations.forest, equations.roots) * np.isin(verdicts(found), OPEN)
    for scale in np.unique(far[far > 0]):
        points.append(here * scale)
        tried.append(np.full(found.shape, ABSENT, np.int8))
        for block in _blocks(equations):
            block = block[far[block] == scale]
            if len(block):
                there = places * scale, points[-1]
                tried[-1][block], _, more = _block(equations, block, there, digits)
                used[block] = np.maximum(used[block], more)
    return np.hstack(tried), np.hstack(points)


def _block(
    equations: Equations, block: np.ndarray, places: tuple[Array, np.ndarray], digits: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """States, largest relative differences and digits of some equations, at points there and on the host."""
    (points, here), engine = places, engine_of(places[0])
    nodes = below(equations.forest, equations.roots[block])
    forest = part(equations.forest, nodes)
    roots = np.searchsorted(nodes, equations.roots[block])
    made_of = variables(forest)
    constants = made_of == 0
    slack = roundings(forest, roots, constants[roots])
    values = measure(forest, points, measure_constants(forest, np.flatnonzero(constants), points))
    left, right = from_host(np.stack([forest.left[roots], forest.right[roots]]), engine)
    allowed = from_host(slack, engine)[:, None]
    found, apart = map(to_host, states(values[left], values[right], allowed))
    found[constants[roots], 1:], used = ABSENT, np.full(len(block), 16, np.int16)
    if digits > DOUBLE:
        precise = Precise(forest, here)
        for row in np.flatnonzero(_open(found, precise.points, made_of[roots])):
            found[row], used[row] = escalate(precise, int(roots[row]), found[row], slack[row], digits)
        for row in np.flatnonzero(_mixed(found)):
            found[row], used[row] = confirm(precise, int(roots[row]), found[row], digits)
        doubtful = (used > DOUBLE) | constants[roots] | _long(forest, roots)
        for row in np.flatnonzero(doubtful & (slack == 0) & _alike(found)):
            found[row], more = assure(precise, int(roots[row]), found[row], digits)
            used[row] = max(used[row], more)
    return found, np.nanmax(np.where(np.isfinite(apart), apart, 0.0), axis=1, initial=0.0), used


def _open(found: np.ndarray, points: np.ndarray, made_of: np.ndarray) -> np.ndarray:
    """Equations told at fewer than four points, not at both signs of a variable, or not at one that is near.

    Far points are lost where exponentials are nested; near ones where a value lies on a branch cut, for which
    all digits are needed, and then it does so on a whole interval.
    """
    there, near = found != ABSENT, found != ABSENT
    told = (found != UNTOLD) & there
    few = 3 * told.sum(axis=1) < 2 * there.sum(axis=1)
    opened = told.sum(axis=1) < np.minimum(there.sum(axis=1), 4)
    for symbol, row in enumerate(points.real):
        used = (made_of >> np.uint64(symbol % BITS)) & np.uint64(1) == 1
        both = (told & (row > 0)).any(axis=1) & (told & (row < 0)).any(axis=1)
        opened |= used & few & ~both
        near &= ~used[:, None] | (abs(row) < NEAR)
    alike = ~(found == DIFFERENT).any(axis=1)
    return np.asarray(opened | (alike & (near & ~told).any(axis=1)))


def _alike(found: np.ndarray) -> np.ndarray:
    """Equations that are true at some points, and different or undefined at none."""
    return np.asarray((found == EQUAL).any(axis=1) & ~np.isin(found, (DIFFERENT, UNDEFINED)).any(axis=1))


def _long(forest: Forest, roots: np.ndarray) -> np.ndarray:
    """Equations with numbers of so many digits that other numbers may be equal to them by chance."""
    return anywhere(forest, of_numbers(forest, lambda text: len(text) >= CHANCE, False))[roots]


def _mixed(found: np.ndarray) -> np.ndarray:
    """Equations that are true at some points, and false or undefined at others."""
    other = (found == DIFFERENT) | (found == UNDEFINED)
    return np.asarray((found == EQUAL).any(axis=1) & other.any(axis=1))
