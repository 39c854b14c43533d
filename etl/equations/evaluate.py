"""Values of all nodes of a forest at points: one call of an array's function a height and function."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache

import numpy as np

from etl.engine import array_namespace, engine_of
from etl.engine.types import Array
from etl.equations.forest import Forest
from etl.equations.functions import apply
from etl.equations.grammar import CODE, FUNCTIONS
from etl.equations.groups import exact, groups
from etl.handoff import from_host

VALUED = ("number", "symbol", "pi")
"""Leaves that have a value."""
Boxes = Mapping[str, Callable[[Array], Array]]
"""Black boxes: functions of complex128 arrays by name."""


def evaluate(forest: Forest, points: Array, boxes: Boxes | None = None) -> Array:
    """Values of nodes; each distinct subtree is computed once.

    Parameters
    ----------
    forest : Forest
    points : complex128 array, shape (symbols, points), numpy or cupy
        A row a symbol of the forest; the values lie where the points do.
    boxes : mapping of str to function of a complex128 array, optional
        The black boxes of the forest.

    Returns
    -------
    complex128 array, shape (nodes, points)
        nan where a value is undefined, infinite or nan after an overflow; nan of equalities.

    Raises
    ------
    ValueError
        A blank, a black box without a function, or rows that do not fit the symbols.

    Examples
    --------
    >>> from etl.equations.forest import Builder
    >>> build = Builder()
    >>> _ = build.node("ln", build.node("mul", build.number("2"), build.symbol("x")))
    >>> evaluate(build.forest(), np.array([[0.5, 0.0]], complex))[3]
    array([ 0. +0.j, nan+nanj])
    """
    check(forest, points, boxes or {})
    values = array_namespace(points).full((len(forest), points.shape[1]), np.nan, np.complex128)
    for _, nodes, rows in leaves(forest, points):
        values[nodes] = rows
    for group in groups(forest, engine_of(points)):
        arguments = [values[children] for children in group.children]
        box = (boxes or {}).get(group.name)
        values[group.nodes] = box(*arguments) if box else apply(group.name, *arguments)
    return values


def check(forest: Forest, points: Array, boxes: Boxes) -> None:
    """Raise ``ValueError`` for what has no value.

    Parameters
    ----------
    forest, points, boxes
        As of `evaluate`.
    """
    if (forest.func == CODE["blank"]).any():
        raise ValueError("an equation has a blank: fill it in before it is evaluated")
    used = np.unique(forest.func[forest.func >= len(FUNCTIONS)]) - len(FUNCTIONS)
    for name in (forest.boxes[code] for code in used):
        if name not in boxes:
            raise ValueError(f"the black box {name} has no function: pass boxes={{{name!r}: function}}")
    if points.ndim != 2 or len(points) != len(forest.symbols):
        raise ValueError(f"points of shape {points.shape} for {len(forest.symbols)} symbols: one row each")


def leaves(
    forest: Forest, points: Array, kinds: Sequence[str] = VALUED
) -> Iterator[tuple[str, Array, Array]]:
    """Nodes of each kind of leaf with their values, of shape (nodes, points) or (nodes, 1).

    Parameters
    ----------
    forest, points
        As of `evaluate`; nodes and values lie where the points do.
    kinds : sequence of str
        Of `VALUED`.
    """
    engine = engine_of(points)
    for kind in kinds:
        found = np.flatnonzero(forest.func == CODE[kind])
        if not len(found):
            continue
        nodes, leaf = from_host(np.stack([found, forest.leaf[found]]), engine)
        if kind == "symbol":
            yield kind, nodes, points[leaf]
        elif kind == "number":
            texts = [forest.numbers[leaf] for leaf in forest.leaf[found]]
            values = np.array([_double(text) for text in texts], np.complex128)
            yield kind, nodes, from_host(values, engine)[:, None]
        else:
            yield kind, nodes, engine.xp.full((len(found), 1), np.pi, np.complex128)


@lru_cache(maxsize=1 << 16)
def _double(text: str) -> float:
    try:
        return float(exact(text))
    except OverflowError:
        return float("-inf" if text.startswith("-") else "inf")
