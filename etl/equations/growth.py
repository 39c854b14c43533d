"""Pairs of an identity and a false equation like it, grown from the axioms in one builder."""

from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Final, NamedTuple

from etl.equations.axioms import AXIOMS
from etl.equations.corrupt import Changed, Corrupter
from etl.equations.derive import OPERATIONS, Deriver, Sides
from etl.equations.forest import Builder
from etl.equations.parse import parse
from etl.equations.rewrite import Rewriter, rules
from etl.equations.terms import Terms

_NUMBERS: Final = ("0", "1", "2", "3", "4", "10", "1/2", "-1")
_SYMBOLS: Final = (("x", 16), ("y", 3), ("z", 1))
_STEEP: Final = 2
_COMMUTED: Final = 0.03
"""Identities kept of those whose sides differ in the order of arguments only."""
_VARIES: Final = 0.93
"""Identities with a variable among those that are grown from; the rest is of numbers alone."""
_ENOUGH: Final = 1_000
_FEW: Final = 0.02
"""So many growths in vain, so few of them new: the height is exhausted for now."""
_TRIES: Final = 12
"""Growths a wanted pair, at most, in one round."""


class Identity(NamedTuple):
    """Two sides, the axiom they come from, and how many operations ago."""

    sides: Sides
    axiom: int
    steps: int


class Pair(NamedTuple):
    """An identity, its last operation, a corruption of it, which one, and the tokens that it changed."""

    true: Identity
    operation: int
    false: Sides
    corruption: int
    changed: Changed


@dataclass
class Growth:
    """Identities by height, and the pairs that are grown from them.

    Parameters
    ----------
    seed : int
    highest : int
        No equality is higher.
    axioms_to : int
        No axiom that is used is higher.
    """

    seed: int
    highest: int
    axioms_to: int
    build: Builder = field(default_factory=Builder)
    pool: dict[tuple[bool, int], list[Identity]] = field(default_factory=dict)
    _seen: set[Sides] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.draw = Random(self.seed)
        parsed = [parse(text, self.build) for text in AXIOMS]
        roots = [root for root in parsed if self.build.heights[root] <= self.axioms_to]
        self.terms = Terms(self.build)
        symbols = [self.build.symbol(name) for name, _ in _SYMBOLS]
        numbers = [*(self.build.number(text) for text in _NUMBERS), self.build.node("pi")]
        often = [symbol for symbol, (_, times) in zip(symbols, _SYMBOLS, strict=True) for _ in range(times)]
        self.terms.measure()
        rewriter = Rewriter(self.terms, rules(self.terms, roots), self.draw, often + numbers)
        self.deriver = Deriver(self.terms, rewriter, self.draw, often + numbers, symbols)
        self.corrupter = Corrupter(self.terms, self.draw, often + 2 * numbers)
        self.leaves = [*numbers, *symbols]
        for root in roots:
            self.keep(Identity(self.build.keys[root][1:3], parsed.index(root), 0))
        for leaf in self.leaves:
            self.keep(Identity((leaf, leaf), -1, 0))

    def keep(self, identity: Identity) -> None:
        """Grow from this one, too."""
        varies = any(self.terms.varies[side] for side in identity.sides)
        self.pool.setdefault((varies, self.height(identity.sides)), []).append(identity)

    def height(self, sides: Sides) -> int:
        """Of their equality."""
        left, right = self.build.heights[sides[0]], self.build.heights[sides[1]]
        return 1 + (left if left > right else right)

    def axioms(self) -> list[Pair]:
        """A pair of each axiom that is not too high."""
        pairs = []
        for (_, height), identities in self.pool.items():
            for identity in identities if height <= self.highest else ():
                if self._is_new(identity.sides, height == 1):
                    pairs += self._paired(identity, OPERATIONS.index("axiom"))
        return pairs

    def grown(self, wanted: Counter[int]) -> list[Pair]:
        """New pairs, about as many as wanted of each height.

        Parameters
        ----------
        wanted : Counter
            Pairs by height; fewer come where most growths are known already or too long.
        """
        left, pairs = Counter(wanted), []
        for height in [each for each in sorted(wanted) if each > 1]:
            for tries in range(_TRIES * wanted[height]):
                spent = tries > _ENOUGH and wanted[height] - left[height] < _FEW * tries
                if left[height] <= 0 or spent:
                    break
                found = self._grown(height)
                if found and left[self.height(found[0].true.sides)] > 0:
                    left[self.height(found[0].true.sides)] -= 1
                    pairs += found
        return pairs

    def undo(self, pair: Pair) -> None:
        """Forget what the corruption of a pair that is not used did to the counts of tokens."""
        self.corrupter.count(self.height(pair.true.sides) - 1, pair.changed, -1)

    def _parent(self, height: int) -> Identity:
        """An identity that is as high or lower, mostly one with a variable."""
        varies, below = self.draw.random() < _VARIES, height - (self.draw.random() < 0.5)
        there = [each for kind, each in self.pool if kind == varies and each <= max(below, 1)]
        return self.draw.choice(self.pool[varies, max(there)])

    def _grown(self, height: int) -> list[Pair]:
        parent = self._parent(height)
        other = self._parent(1 + int(self.draw.random() * height))
        found = self.deriver.derived(parent.sides, other.sides)
        if found is None:
            return []
        sides, operation, _ = found
        if not 1 < self.height(sides) <= self.highest:
            return []
        self.terms.measure()
        if not self._is_new(sides, self.draw.random() < _COMMUTED):
            return []
        return self._paired(Identity(sides, parent.axiom, parent.steps + 1), operation)

    def _paired(self, identity: Identity, operation: int) -> list[Pair]:
        found = self.corrupter.corrupted(identity.sides)
        if found is None:
            return []
        self.terms.measure()
        pair = Pair(identity, operation, *found)
        if self._is_new(pair.false, False):
            return [pair]
        self.undo(pair)
        return []

    def _is_new(self, sides: Sides, may_be_commuted: bool) -> bool:
        """Whether an equation was not there before, is short enough, and will hardly overflow."""
        size, steep, kind = self.terms.size, self.terms.steep, self.terms.kind
        one, other = kind[sides[0]], kind[sides[1]]
        first, second = (one, other) if one < other else (other, one)
        fits = size[sides[0]] + size[sides[1]] <= 5 * (1 + self.height(sides))
        flat = steep[sides[0]] <= _STEEP and steep[sides[1]] <= _STEEP
        if (first, second) in self._seen or not fits or not flat or (first == second and not may_be_commuted):
            return False
        if sides[0] == sides[1] and size[sides[0]] > 1:
            return False
        self._seen.add((first, second))
        return True
