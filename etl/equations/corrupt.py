"""False equations that look like true ones: one small change, and as many of each function as before."""

from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Final

from etl.equations.derive import Sides
from etl.equations.forest import NONE
from etl.equations.grammar import BINARY, CODE, UNARY
from etl.equations.terms import Terms, Way

CORRUPTIONS: Final = ("function", "leaf", "order", "sign", "exchange")
"""What is changed: a function, a number or variable, the order of a power, a sign, two nodes exchanged."""
_SHARES: Final = (0.42, 0.15, 0.1, 0.1, 0.23)
_TRIES: Final = 8
_UNARY: Final = tuple(CODE[name] for name in UNARY if name != "abs")
_SWAPPED: Final = tuple(CODE[name] for name in BINARY if name not in ("equality", "log"))
_MUL, _POW = CODE["mul"], CODE["pow"]
Token = tuple[int, int]
"""Function and leaf of a node."""
Place = tuple[bool, int]
"""A side, and a subtree of it by its number."""
Changed = tuple[list[Token], list[Token]]
"""Tokens that came in, and that went out."""


@dataclass
class Corrupter:
    """Changes one place of an identity.

    A change is taken only where it does not add to the tokens of which the negatives of this height have more
    than their positives already; so counts of functions, numbers and nodes tell nothing of the truth.

    Parameters
    ----------
    terms : Terms
    draw : Random
    leaves : list of int
        Numbers and variables that may stand for another.
    """

    terms: Terms
    draw: Random
    leaves: list[int]
    excess: dict[int, Counter[Token]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._minus = self.terms.build.number("-1")
        self._signs = [(_MUL, NONE), self._token(self._minus)]

    def corrupted(self, sides: Sides) -> tuple[Sides, int, Changed] | None:
        """Sides of which one place differs, the code of the corruption, and its tokens; None if none fits.

        Parameters
        ----------
        sides : tuple of int
            Of an identity. The height of the equality is kept.
        """
        heights = self.terms.build.heights
        height = max(heights[sides[0]], heights[sides[1]])
        which = self.draw.choices(range(len(CORRUPTIONS)), _SHARES)[0]
        for _ in range(_TRIES):
            found = self._corrupted(sides, CORRUPTIONS[which])
            if found is None or found[0] == sides:
                continue
            made, changed = found
            if max(heights[made[0]], heights[made[1]]) == height and self._settled(height, changed):
                self.count(height, changed)
                return made, which, changed
        return None

    def count(self, height: int, changed: Changed, times: int = 1) -> None:
        """Note tokens that a negative has more, and fewer, than its positive; ``times=-1`` takes it back."""
        excess = self._excess(height)
        for token in changed[0]:
            excess[token] += times
        for token in changed[1]:
            excess[token] -= times

    def _excess(self, height: int) -> Counter[Token]:
        return self.excess.setdefault(height, Counter())

    def _settled(self, height: int, changed: Changed) -> bool:
        excess = self._excess(height)
        return sum(excess[token] for token in changed[0]) <= sum(excess[token] for token in changed[1])

    def _token(self, node: int) -> Token:
        code, _, _, leaf = self.terms.build.keys[node]
        return code, leaf

    def _place(self, sides: Sides) -> Place:
        right = self.draw.random() < 0.5
        return right, int(self.draw.random() * self.terms.size[sides[right]])

    def _at(self, sides: Sides, place: Place) -> tuple[int, Way]:
        return self.terms.find(sides[place[0]], place[1])

    def _put(self, sides: Sides, place: Place, way: Way, node: int) -> Sides:
        side = self.terms.put(way, node)
        return (sides[0], side) if place[0] else (side, sides[1])

    def _corrupted(self, sides: Sides, name: str) -> tuple[Sides, Changed] | None:
        if name == "exchange":
            return self._exchanged(sides)
        place = self._place(sides)
        node, way = self._at(sides, place)
        change = {"function": self._function, "leaf": self._leaf, "order": self._order, "sign": self._sign}
        found = change[name](node)
        return (self._put(sides, place, way, found[0]), found[1]) if found else None

    def _function(self, node: int) -> tuple[int, Changed] | None:
        code, left, right, _ = self.terms.build.keys[node]
        others = _UNARY if code in _UNARY else _SWAPPED if code in _SWAPPED else ()
        if not others:
            return None
        new = self.draw.choice(others)
        return self.terms.build.add(new, left, right), ([(new, NONE)], [(code, NONE)])

    def _leaf(self, node: int) -> tuple[int, Changed] | None:
        if self.terms.size[node] > 1:
            return None
        new = self.draw.choice(self.leaves)
        return new, ([self._token(new)], [self._token(node)])

    def _order(self, node: int) -> tuple[int, Changed] | None:
        code, left, right, _ = self.terms.build.keys[node]
        return (self.terms.build.add(code, right, left), ([], [])) if code == _POW else None

    def _sign(self, node: int) -> tuple[int, Changed]:
        code, left, right, _ = self.terms.build.keys[node]
        if code == _MUL and self._minus in (left, right):
            return (right if left == self._minus else left), ([], self._signs)
        return self.terms.build.add(_MUL, self._minus, node), (self._signs, [])

    def _exchanged(self, sides: Sides) -> tuple[Sides, Changed] | None:
        """Two nodes of as many arguments take each other's function or leaf."""
        first, second = self._place(sides), self._place(sides)
        keys = self.terms.build.keys
        one, other = keys[self._at(sides, first)[0]], keys[self._at(sides, second)[0]]
        if [each < 0 for each in one[1:3]] != [each < 0 for each in other[1:3]]:
            return None
        made = self._named(sides, first, (other[0], other[3]))
        self.terms.measure()
        return self._named(made, second, (one[0], one[3])), ([], [])

    def _named(self, sides: Sides, place: Place, token: Token) -> Sides:
        node, way = self._at(sides, place)
        _, left, right, _ = self.terms.build.keys[node]
        return self._put(sides, place, way, self.terms.build.add(token[0], left, right, token[1]))
