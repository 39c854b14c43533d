"""Rewriting by identities: each one in both directions, matched on nodes that are held once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Final

from etl.equations.forest import NONE
from etl.equations.grammar import CODE, COMMUTATIVE
from etl.equations.terms import Terms

Pattern = int | tuple[int, "Pattern", "Pattern"]
"""A node that must be this one (-1: no second argument), a variable (below -1), or a function of patterns."""
_FIRST: Final = NONE - 1
_SYMBOL: Final = CODE["symbol"]
_COMMUTED: Final = 0.2
"""Sums and products that are written the other way round when a rule makes them."""
_ANYWHERE: Final = 0.15
"""Rewritings by rules whose left side is a variable, such as ``x = x + 0``, which fit every node."""
_LEFT: Final = 0.7
"""Leaves that stay as they are: nearly half of all nodes, and 1 alone is written in a hundred ways."""


@dataclass(frozen=True)
class Rule:
    """One direction of an identity: what matches ``pattern`` becomes ``template``."""

    axiom: int
    pattern: Pattern
    template: Pattern


def compiled(terms: Terms, node: int) -> Pattern:
    """A node as a pattern, whose variables are its symbols.

    Parameters
    ----------
    terms : Terms
    node : int
        Of the builder of ``terms``.
    """
    code, left, right, leaf = terms.build.keys[node]
    if code == _SYMBOL:
        return _FIRST - leaf
    if left < 0:
        return node
    first = compiled(terms, left)
    second = compiled(terms, right) if right >= 0 else NONE
    fixed = isinstance(first, int) and isinstance(second, int) and first >= 0 and second >= NONE
    return node if fixed else (code, first, second)


def rules(terms: Terms, axioms: Sequence[int]) -> list[Rule]:
    """Both directions of identities; not those that only change the order of arguments.

    Parameters
    ----------
    terms : Terms
        Measured.
    axioms : sequence of int
        Equalities among its nodes.
    """
    made = []
    for number, axiom in enumerate(axioms):
        _, left, right, _ = terms.build.keys[axiom]
        if terms.kind[left] != terms.kind[right]:
            pair = compiled(terms, left), compiled(terms, right)
            made += [Rule(number, *pair), Rule(number, *reversed(pair))]
    return made


@dataclass
class Rewriter:
    """Rewrites nodes by rules.

    Parameters
    ----------
    terms : Terms
    rules : list of Rule
    draw : Random
    leaves : list of int
        Nodes that stand for variables which only the template of a rule has.
    """

    terms: Terms
    rules: list[Rule]
    draw: Random
    leaves: list[int]
    _fit: dict[tuple[int, int, int], list[Rule]] = field(default_factory=dict)
    _bound: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._anywhere = [
            rule for rule in self.rules if isinstance(rule.pattern, int) and rule.pattern <= _FIRST
        ]

    def at(self, node: int) -> tuple[int, int] | None:
        """What a rule that fits makes of a node, and the number of its identity."""
        if self.terms.size[node] == 1 and self.draw.random() < _LEFT:
            return None
        fit = self._fitting(node)
        if not fit or self.draw.random() < _ANYWHERE:
            fit = self._anywhere
        start = int(self.draw.random() * len(fit))
        for rule in fit[start:] + fit[:start]:
            self._bound.clear()
            if self._match(rule.pattern, node):
                return self._filled(rule.template), rule.axiom
        return None

    def _fitting(self, node: int) -> list[Rule]:
        """Rules whose two upper levels may fit, kept by the two upper levels of the node."""
        keys = self.terms.build.keys
        code, left, right, _ = keys[node]
        if left < 0:
            top = (node, NONE, NONE)
        else:
            top = (code, keys[left][0], keys[right][0] if right >= 0 else NONE)
        found = self._fit.get(top)
        if found is None:
            found = self._fit[top] = [rule for rule in self.rules if self._may_fit(rule.pattern, node)]
        return found

    def _may_fit(self, pattern: Pattern, node: int) -> bool:
        keys = self.terms.build.keys
        code, left, right, _ = keys[node]
        if isinstance(pattern, int):
            return pattern == node if left < 0 else pattern >= 0 and keys[pattern][0] == code
        if pattern[0] != code:
            return False
        first, second = pattern[1:]
        straight = self._head_fits(first, left) and self._head_fits(second, right)
        return straight or (
            code in COMMUTATIVE and self._head_fits(first, right) and self._head_fits(second, left)
        )

    def _head_fits(self, pattern: Pattern, node: int) -> bool:
        if pattern == NONE or node == NONE:
            return pattern == node
        keys = self.terms.build.keys
        if isinstance(pattern, int):
            return pattern <= _FIRST or keys[pattern][0] == keys[node][0]
        return pattern[0] == keys[node][0]

    def _match(self, pattern: Pattern, node: int) -> bool:
        if isinstance(pattern, int):
            return pattern == node if pattern >= NONE else self._bound.setdefault(pattern, node) == node
        code, left, right, _ = self.terms.build.keys[node]
        if pattern[0] != code:
            return False
        before = dict(self._bound)
        if self._match(pattern[1], left) and self._match(pattern[2], right):
            return True
        self._bound = before
        return code in COMMUTATIVE and self._match(pattern[1], right) and self._match(pattern[2], left)

    def _filled(self, template: Pattern) -> int:
        if isinstance(template, int):
            return (
                template
                if template >= NONE
                else self._bound.setdefault(template, self.draw.choice(self.leaves))
            )
        code, first, second = template
        left, right = self._filled(first), self._filled(second)
        if code in COMMUTATIVE and self.draw.random() < _COMMUTED:
            left, right = right, left
        return self.terms.build.add(code, left, right)
