"""Postfix programs: what a text says, operands first, until all of it is known to be an equation."""

from collections.abc import Callable
from typing import Final, NamedTuple

from etl.equations.forest import Builder
from etl.equations.grammar import BINARY

NODES: Final = 100_000
"""Of a line, at most."""
Step = tuple[str, str]
"""An operation, and a text for it. An empty operation does nothing."""


class Operand(NamedTuple):
    """Part of a program that leaves one value: where it begins, and what is special about it.

    ``mark`` is integer, number, quotient (it ends in a division, or is ``1/2``), e, constant, symbol, closed
    (it ends so that a factor may stand beside it), equation, or empty.
    """

    mark: str
    start: int


def _negative(build: Builder, node: int) -> int:
    return build.node("mul", build.number("-1"), node)


def _inverse(build: Builder, node: int) -> int:
    return build.node("pow", node, build.number("-1"))


_TWO: Final[dict[str, Callable[[Builder, int, int], int]]] = {
    "sub": lambda build, a, b: build.node("add", a, _negative(build, b)),
    "div": lambda build, a, b: build.node("mul", a, _inverse(build, b)),
    "root": lambda build, degree, a: build.node("pow", a, _inverse(build, degree)),
    "radical": lambda build, exponent, a: build.node("pow", a, exponent),
    "base": lambda build, base, a: build.node("log", a, base),
}
_ONE: Final[dict[str, Callable[[Builder, int], int]]] = {
    "neg": _negative,
    "inv": _inverse,
    "sqrt": lambda build, a: build.node("pow", a, build.number("1/2")),
}
COST: Final = {"sub": 3, "div": 3, "root": 3, "neg": 2, "inv": 2, "sqrt": 2, "e": 2}
"""Nodes of a step, where that is not one."""


class Postfix(list[Step]):
    """Steps in postfix order; leaves are ``number``, ``symbol``, ``pi``, ``blank`` and ``e``."""

    def run(self, build: Builder) -> int:
        """Make the nodes, and return the last."""
        values: list[int] = []
        for name, text in self:
            if name in _TWO or name in BINARY:
                right = values.pop()
                left = values[-1]
                values[-1] = _TWO[name](build, left, right) if name in _TWO else build.node(name, left, right)
            elif name == "powered":
                inner = values.pop()
                values[-1] = build.node("pow", build.node(text, inner), values[-1])
            elif name in _ONE:
                values[-1] = _ONE[name](build, values[-1])
            elif name == "call":
                values[-1] = build.node(text, values[-1])
            elif name:
                values.append(self._leaf(name, text, build))
        return values[0]

    @staticmethod
    def _leaf(name: str, text: str, build: Builder) -> int:
        if name == "e":
            return build.node("exp", build.number("1"))
        if name in ("number", "symbol"):
            return build.number(text) if name == "number" else build.symbol(text)
        return build.node(name)
