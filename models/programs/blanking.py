"""Equations with a part taken out at random, and what stood there: what a network learns completion from."""

from collections.abc import Sequence

import numpy as np

from etl.engine.types import Array
from etl.equations.forest import Builder, Equations, Forest
from etl.equations.grammar import CODE
from etl.equations.trees import totals
from etl.handoff import to_host
from models.programs.graft import Grafter


def blanked(equations: Equations, times: int = 1, depth: int = 1, seed: int = 0) -> tuple[Equations, Array]:
    """Each equation with a blank in a place drawn evenly from its subtrees up to a depth.

    Parameters
    ----------
    equations : Equations
    times : int
        Blanks that each is given, in equations of their own.
    depth : int
        Of what is taken out, at most.
    seed : int

    Returns
    -------
    equations : Equations
        ``times * len(equations)`` of them, the first of each first.
    answers : int32 array
        Node of the same forest that stood in each blank.

    Examples
    --------
    >>> build = Builder()
    >>> x, y = build.symbol("x"), build.symbol("y")
    >>> equations = build.equations([build.node("equality", x, y)])
    >>> found, answers = blanked(equations, seed=1)
    >>> found.forest.symbols[found.forest.leaf[answers[0]]]
    'y'
    """
    into = Grafter()
    places = into.put_all(equations.forest, range(len(equations.forest)))
    roots = [places[root] for root in to_host(equations.roots).tolist()] * times
    forest = into.build.forest()
    is_small = (forest.func != CODE["equality"]) & (forest.height <= depth)
    small = totals(forest, is_small.astype(float))
    drawn = np.random.default_rng(seed).random(len(roots))
    chosen = (drawn * small[roots]).astype(int).tolist()
    blank = into.build.add(CODE["blank"])
    pairs = [_cut(into.build, forest, small, *each, blank) for each in zip(roots, chosen, strict=True)]
    made, answers = zip(*pairs, strict=True)
    return into.build.equations(made), np.array(answers, np.int32)


def _cut(build: Builder, forest: Forest, small: Array, root: int, chosen: int, blank: int) -> tuple[int, int]:
    """The root again with a blank, and the node that was there, of which this is the chosen one in order."""
    way: list[tuple[int, bool]] = []
    node = root
    while True:
        left, right = int(forest.left[node]), int(forest.right[node])
        below = [int(small[child]) if child >= 0 else 0 for child in (left, right)]
        if chosen >= sum(below):
            break
        to_right = chosen >= below[0]
        chosen -= below[0] if to_right else 0
        way.append((node, to_right))
        node = right if to_right else left
    return _rebuilt(build, forest, way, blank), node


def _rebuilt(build: Builder, forest: Forest, way: Sequence[tuple[int, bool]], node: int) -> int:
    for parent, to_right in reversed(way):
        code, left, right = (int(array[parent]) for array in (forest.func, forest.left, forest.right))
        node = build.add(code, left, node) if to_right else build.add(code, node, right)
    return node
