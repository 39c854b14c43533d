"""Forests cut down to what some equations need, and put together into one."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from etl.equations.forest import NONE, Equations, Forest
from etl.equations.grammar import CODE
from etl.equations.trees import below, levels, part


def restrict(equations: Equations) -> Equations:
    """The same equations in a forest that has the nodes below their roots only.

    Parameters
    ----------
    equations : Equations

    Examples
    --------
    >>> from etl.equations.forest import Builder
    >>> build = Builder()
    >>> x, y = build.symbol("x"), build.symbol("y")
    >>> len(restrict(build.equations([build.node("sin", y)])).forest)
    2
    """
    nodes = below(equations.forest, equations.roots)
    roots = np.searchsorted(nodes, equations.roots).astype(np.int32)
    return replace(equations, forest=part(equations.forest, nodes), roots=roots)


def merge(parts: Sequence[Equations]) -> Equations:
    """Equations of several forests in one, in which each distinct subtree is held once.

    Parameters
    ----------
    parts : sequence of Equations
        At least one. Black boxes are the same ones in each, and numbers of pairs are different ones.

    Raises
    ------
    ValueError
        If black boxes differ.

    Examples
    --------
    >>> from etl.equations.forest import Builder
    >>> one, other = Builder(), Builder()
    >>> first = one.equations([one.node("sin", one.symbol("x"))])
    >>> second = other.equations([other.node("cos", other.symbol("x"))])
    >>> merged = merge([first, second])
    >>> len(merged.forest), merged.roots.tolist(), merged.forest.symbols
    (3, [1, 2], ('x',))
    """
    forests = [part.forest for part in parts]
    boxes = {forest.boxes for forest in forests}
    if len(boxes) > 1:
        raise ValueError(f"black boxes differ: {sorted(boxes)}; give the same to each forest")
    numbers = tuple(dict.fromkeys(name for forest in forests for name in forest.numbers))
    symbols = tuple(dict.fromkeys(name for forest in forests for name in forest.symbols))
    leaf = np.concatenate([_renamed(forest, numbers, symbols) for forest in forests])
    starts = np.cumsum([0, *map(len, forests)])[:-1]
    func, height = (np.concatenate([getattr(each, name) for each in forests]) for name in ("func", "height"))
    left, right = (
        np.concatenate(
            [_shifted(getattr(forest, side), start) for forest, start in zip(forests, starts, strict=True)]
        )
        for side in ("left", "right")
    )
    rows = np.stack([func, left, right, leaf], 1).astype(np.int32)
    number, kept = _distinct(rows, height)
    func, left, right, leaf = (np.ascontiguousarray(column) for column in rows[kept].T)
    named = numbers, symbols, boxes.pop()
    forest = Forest(func.astype(np.int16), left, right, leaf, height[kept], *named)
    roots = [number[part.roots + start] for part, start in zip(parts, starts, strict=True)]
    places = tuple(place for part in parts for place in part.places)
    labels, pairs = (np.concatenate([getattr(part, name) for part in parts]) for name in ("labels", "pairs"))
    told = all(len(part.pairs) == len(part) for part in parts)
    return Equations(forest, np.concatenate(roots), labels, places, pairs=pairs if told else pairs[:0])


def _renamed(forest: Forest, numbers: tuple[str, ...], symbols: tuple[str, ...]) -> np.ndarray:
    """Leaves by their places in the common lists of names."""
    leaf = forest.leaf.copy()
    for code, own, common in (("number", forest.numbers, numbers), ("symbol", forest.symbols, symbols)):
        these = forest.func == CODE[code]
        place = {name: place for place, name in enumerate(common)}
        leaf[these] = np.array([place[name] for name in own], np.int32)[leaf[these]]
    return leaf


def _shifted(children: np.ndarray, start: int) -> np.ndarray:
    return np.where(children < 0, NONE, children + start)


def _distinct(rows: np.ndarray, height: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """New number of each node, and those that are kept, by height; children in ``rows`` are renumbered."""
    number = np.full(len(rows) + 1, NONE, np.int32)
    kept, so_far = [], 0
    for level in levels(height):
        rows[level, 1:3] = number[rows[level, 1:3]]
        _, first, which = np.unique(rows[level], axis=0, return_index=True, return_inverse=True)
        number[level] = so_far + which
        kept.append(level[first])
        so_far += len(first)
    return number[:-1], np.concatenate(kept)
