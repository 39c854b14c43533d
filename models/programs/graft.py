"""Equations with their blanks filled, as nodes of one forest."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from etl.equations.forest import Builder, Equations, Forest
from etl.equations.grammar import CODE


@dataclass
class Grafter:
    """Takes nodes of other forests into one, each distinct subtree once.

    Attributes
    ----------
    build : Builder

    Examples
    --------
    >>> one, other = Builder(), Builder()
    >>> x = one.node("add", one.symbol("x"), one.add(CODE["blank"]))
    >>> two = other.number("2")
    >>> into = Grafter()
    >>> into.put(one.forest(), x, {CODE["blank"]: into.put(other.forest(), two)})
    2
    >>> into.build.forest().numbers
    ('2',)
    """

    build: Builder = field(default_factory=Builder)

    def put(self, forest: Forest, node: int, instead: dict[int, int] | None = None) -> int:
        """The number of a node of another forest in this one.

        Parameters
        ----------
        forest : Forest
        node : int
        instead : dict of int to int
            What stands for a leaf, by its code.
        """
        return self.put_all(forest, [node], instead)[0]

    def put_all(
        self, forest: Forest, nodes: Iterable[int], instead: dict[int, int] | None = None
    ) -> list[int]:
        """Numbers of nodes of another forest in this one; see `put`."""
        known: dict[int, int] = {}
        return [self._put(forest, int(node), instead or {}, known) for node in nodes]

    def _put(self, forest: Forest, node: int, instead: dict[int, int], known: dict[int, int]) -> int:
        waiting = [node]
        while waiting:
            at = waiting[-1]
            pair = int(forest.left[at]), int(forest.right[at])
            lacking = [child for child in pair if child >= 0 and child not in known]
            waiting += lacking
            if not lacking:
                known[waiting.pop()] = self._one(
                    forest, at, [known.get(child, -1) for child in pair], instead
                )
        return known[node]

    def _one(self, forest: Forest, at: int, pair: list[int], instead: dict[int, int]) -> int:
        code, leaf = int(forest.func[at]), int(forest.leaf[at])
        if code in instead:
            return instead[code]
        if code == CODE["number"]:
            return self.build.number(forest.numbers[leaf])
        if code == CODE["symbol"]:
            return self.build.symbol(forest.symbols[leaf])
        return self.build.add(code, *pair)


def filled(equations: Equations, fillings: Iterable[tuple[int, Forest, int]]) -> Equations:
    """Equations with their blanks filled.

    Parameters
    ----------
    equations : Equations
    fillings : iterable of (int, Forest, int)
        Place in `equations`, and the node that is to stand in its blank.
    """
    into = Grafter()
    roots = []
    for at, forest, node in fillings:
        instead = {CODE["blank"]: into.put(forest, node)}
        roots.append(into.put(equations.forest, int(equations.roots[at]), instead))
    return into.build.equations(roots)
