"""What can be put into a blank: candidates, their values at sample points, and an index of these."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from etl.engine.types import Array
from etl.equations.evaluate import evaluate
from etl.equations.forest import Builder, Forest
from etl.equations.grammar import BINARY, CODE, COMMUTATIVE, UNARY
from etl.equations.trees import below

NUMBERS = ("0", "1", "2", "-1", "1/2", "3", "4", "-2", "10", "-1/2")
"""Those that stand in most identities, beside pi."""
HUGE = 1e100
"""Magnitude from which values are not compared."""


@dataclass(frozen=True)
class Pool:
    """Candidates and their values.

    Attributes
    ----------
    forest : Forest
    nodes : int array, shape (candidates,)
        Their nodes; the ones to be preferred first.
    values : complex array, shape (candidates, points)
        nan where a candidate is not defined.
    prints : uint64 array, shape (candidates,)
        Fingerprints.
    """

    forest: Forest
    nodes: Array
    values: Array
    prints: Array

    def __len__(self) -> int:
        """Candidates."""
        return len(self.nodes)

    @cached_property
    def _sorted(self) -> dict[int, tuple[Array, Array]]:
        return {}

    def near(self, wanted: Array, point: int, tolerance: float = 1e-6) -> Array:
        """Candidates whose value at a point is one of those wanted.

        Parameters
        ----------
        wanted : complex array, shape (branches,)
        point : int
        tolerance : float
            Relative to one more than the magnitude.

        Returns
        -------
        int array, shape (found,)
            Places of candidates in order.
        """
        return np.unique(self.pairs(wanted, point, tolerance)[1])

    def pairs(self, wanted: Array, point: int, tolerance: float = 1e-6) -> tuple[Array, Array]:
        """Which wanted value is met by which candidate; see `near`.

        Returns
        -------
        branches, candidates : int arrays, shape (pairs,)
        """
        order, column = self._index(point)
        wanted = np.where(abs(wanted) < HUGE, wanted, np.nan)
        reach = tolerance * (1 + abs(wanted))
        low = np.searchsorted(column.real, wanted.real - reach)
        count = np.searchsorted(column.real, wanted.real + reach, "right") - low
        branch = np.repeat(np.arange(len(wanted)), count)
        place = np.arange(len(branch)) - np.repeat(np.cumsum(count) - count, count) + low[branch]
        close = abs(column[place] - wanted[branch]) <= reach[branch]
        return branch[close], order[place[close]]

    def _index(self, point: int) -> tuple[Array, Array]:
        if point not in self._sorted:
            column = self.values[:, point]
            order = np.argsort(column.real, kind="stable")
            order = order[abs(column[order]) < HUGE]
            self._sorted[point] = order, column[order]
        return self._sorted[point]


def usual(symbols: Sequence[str], numbers: Sequence[str] = (), depth: int = 1) -> Builder:
    """Every expression up to a depth over a few symbols and numbers.

    Parameters
    ----------
    symbols, numbers : sequence of str
        Leaves beside `NUMBERS` and pi.
    depth : {0, 1, 2}
        With 2, one of the arguments of each function of two is a leaf.

    Returns
    -------
    Builder
        All its nodes are candidates, leaves first.
    """
    if depth not in (0, 1, 2):
        raise ValueError(f"a pool of depth {depth} is too large: choose 0, 1 or 2")
    build = Builder()
    leaves = [build.symbol(name) for name in symbols]
    leaves += [build.number(text) for text in dict.fromkeys((*NUMBERS, *numbers))]
    leaves.append(build.add(CODE["pi"]))
    made = leaves
    for _ in range(depth):
        made = list(dict.fromkeys([*made, *_grown(build, made, leaves)]))
    return build


def _grown(build: Builder, made: list[int], leaves: list[int]) -> Iterator[int]:
    for name in UNARY:
        for child in made:
            yield build.node(name, child)
    for name in BINARY[1:4]:
        for one in made:
            for other in leaves:
                yield build.node(name, one, other)
                if CODE[name] not in COMMUTATIVE:
                    yield build.node(name, other, one)


def values_of(forest: Forest, points: Array) -> Array:
    """Values of all nodes of a forest; what stands at and above a blank means nothing.

    Parameters
    ----------
    forest : Forest
    points : complex array, shape (symbols, points)

    Returns
    -------
    complex array, shape (nodes, points)
    """
    func = np.where(forest.func == CODE["blank"], CODE["pi"], forest.func)
    with np.errstate(all="ignore"):
        return evaluate(replace(forest, func=func), points)


def distinct(values: Array, order: Iterable[int]) -> list[int]:
    """The first of each value, of those in this order.

    Parameters
    ----------
    values : complex array, shape (nodes, points)
    order : iterable of int

    Returns
    -------
    list of int
        Nodes that are defined at some point.
    """
    kept: dict[bytes, int] = {}
    rows = rounded(values)
    for node in order:
        if np.isfinite(rows[node]).any():
            kept.setdefault(rows[node].tobytes(), node)
    return list(kept.values())


def rounded(values: Array) -> Array:
    """Values whose bytes are the same where they are the same but for rounding.

    Parameters
    ----------
    values : complex array, any shape
    """
    found = values.round(9) + 0.0
    found[~np.isfinite(found)] = np.nan
    return found


def leaves_below(forest: Forest, root: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the symbols at or below a node, and its numbers, sorted.

    Parameters
    ----------
    forest : Forest
    root : int
    """
    nodes = below(forest, np.array([root]))
    leaf, func = forest.leaf[nodes].tolist(), forest.func[nodes].tolist()
    named = list(zip(func, leaf, strict=True))
    symbols = sorted(forest.symbols[at] for code, at in named if code == CODE["symbol"])
    numbers = sorted(forest.numbers[at] for code, at in named if code == CODE["number"])
    return tuple(symbols), tuple(numbers)
