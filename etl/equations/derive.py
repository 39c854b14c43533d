"""Derivations: new identities from old ones, by rewriting, wrapping or joining of sides, and substitution."""

from dataclasses import dataclass
from random import Random
from typing import Final

from etl.equations.forest import NONE
from etl.equations.grammar import CODE, UNARY
from etl.equations.rewrite import Rewriter
from etl.equations.terms import Terms

Sides = tuple[int, int]
"""The two sides of an equality."""
OPERATIONS: Final = ("axiom", "rewrite", "wrap", "substitute", "join")
"""How a positive came to be, by code."""
_SHARES: Final = (0.0, 0.55, 0.2, 0.13, 0.12)
_OTHERS: Final = 0.75
"""Substitutions of a variable that is not the first: most equations end with one variable."""
_TO_POWER: Final = ("2", "3", "-1", "1/2")
_BASES: Final = ("2", "10", "1/2")
_WRAPS: Final = tuple(CODE[name] for name in UNARY if name != "abs")
_ADD, _MUL, _POW = CODE["add"], CODE["mul"], CODE["pow"]


@dataclass
class Deriver:
    """Makes identities of identities.

    Parameters
    ----------
    terms : Terms
    rewriter : Rewriter
    draw : Random
    leaves : list of int
        What may be added to both sides, and stand for a variable.
    symbols : list of int
        Variables, at least two.
    """

    terms: Terms
    rewriter: Rewriter
    draw: Random
    leaves: list[int]
    symbols: list[int]

    def __post_init__(self) -> None:
        number = self.terms.build.number
        self._exponents = [number(text) for text in _TO_POWER]
        self._bases = [number(text) for text in _BASES]

    def derived(self, sides: Sides, other: Sides) -> tuple[Sides, int, int] | None:
        """Another identity, the code of the operation, and the identity used by it (-1: none).

        Parameters
        ----------
        sides : tuple of int
            Of the identity that is changed.
        other : tuple of int
            Of one that may be joined to it, and whose subtrees may replace a variable.
        """
        operation = self.draw.choices(range(len(OPERATIONS)), _SHARES)[0]
        name = OPERATIONS[operation]
        if name == "rewrite":
            return self._rewritten(sides)
        make = {"wrap": self._wrapped, "substitute": self._substituted, "join": self._joined}[name]
        return make(sides, other), operation, NONE

    def _rewritten(self, sides: Sides) -> tuple[Sides, int, int] | None:
        which = self.draw.random() < 0.5
        place = int(self.draw.random() * self.terms.size[sides[which]])
        node, way = self.terms.find(sides[which], place)
        found = self.rewriter.at(node)
        if found is None:
            return None
        side = self.terms.put(way, found[0])
        made = (sides[0], side) if which else (side, sides[1])
        return made, OPERATIONS.index("rewrite"), found[1]

    def _wrapped(self, sides: Sides, other: Sides) -> Sides:
        add, draw = self.terms.build.add, self.draw.random()
        left, right = sides
        if draw < 0.5:
            code = self.draw.choice(_WRAPS)
            return add(code, left), add(code, right)
        if draw < 0.6:
            exponent = self.draw.choice(self._exponents)
            return add(_POW, left, exponent), add(_POW, right, exponent)
        if draw < 0.65:
            base = self.draw.choice(self._bases)
            return add(_POW, base, left), add(_POW, base, right)
        return self._both(sides, (self.draw.choice(self.leaves),) * 2)

    def _both(self, sides: Sides, others: Sides) -> Sides:
        add = self.terms.build.add
        code = _ADD if self.draw.random() < 0.5 else _MUL
        pairs = list(zip(sides, others, strict=True))
        first, second = (pair[::-1] if self.draw.random() < 0.5 else pair for pair in pairs)
        return add(code, *first), add(code, *second)

    def _substituted(self, sides: Sides, other: Sides) -> Sides:
        symbol = self.draw.choice(self.symbols[1:]) if self.draw.random() < _OTHERS else self.symbols[0]
        side = other[self.draw.random() < 0.5]
        node, _ = self.terms.find(side, int(self.draw.random() * self.terms.size[side]))
        put = self.terms.substitute
        return put(sides[0], symbol, node), put(sides[1], symbol, node)

    def _joined(self, sides: Sides, other: Sides) -> Sides:
        return self._both(sides, other if self.draw.random() < 0.5 else other[::-1])
