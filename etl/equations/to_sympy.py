"""A node as an expression of SymPy, built from the forest and never from text."""

from typing import TYPE_CHECKING, Final

import numpy as np

from etl.equations.forest import Forest
from etl.equations.grammar import FUNCTIONS
from etl.equations.groups import exact
from etl.equations.trees import below

if TYPE_CHECKING:
    import sympy

_NAMES: Final = {"add": "Add", "mul": "Mul", "pow": "Pow", "ln": "log", "abs": "Abs"}


def to_sympy(forest: Forest, node: int) -> "sympy.Expr":
    """A node as an expression; decimals are exact, symbols are real.

    Parameters
    ----------
    forest : Forest
    node : int
        No equality, no blank and no black box, nor above any.

    Raises
    ------
    ValueError
        A node that SymPy has no function for.

    Examples
    --------
    >>> from etl.equations.forest import Builder
    >>> build = Builder()
    >>> node = build.node("add", build.number("0.5"), build.node("sin", build.symbol("x")))
    >>> to_sympy(build.forest(), node)
    sin(x) + 1/2
    """
    found: dict[int, sympy.Expr] = {}
    for each in below(forest, np.array([node])).tolist():
        found[each] = _expression(forest, each, found)
    return found[node]


def _expression(forest: Forest, node: int, found: "dict[int, sympy.Expr]") -> "sympy.Expr":
    import sympy

    code, leaf = int(forest.func[node]), int(forest.leaf[node])
    name = FUNCTIONS[code] if code < len(FUNCTIONS) else forest.boxes[code - len(FUNCTIONS)]
    if name == "number":
        number = exact(forest.numbers[leaf])
        return sympy.Rational(number.numerator, number.denominator)
    if name == "symbol":
        return sympy.Symbol(forest.symbols[leaf], real=True)
    if name == "pi":
        return sympy.pi
    if name in ("equality", "blank") or code >= len(FUNCTIONS):
        raise ValueError(f"{name} is no function of SymPy's expressions")
    children = [found[int(child)] for child in (forest.left[node], forest.right[node]) if child >= 0]
    return getattr(sympy, _NAMES.get(name, name))(*children)
