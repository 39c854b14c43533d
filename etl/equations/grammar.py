"""What a node of an equation can be: the functions of the corpora, and a few more that people write."""

from typing import Final

LEAVES: Final = ("number", "symbol", "pi", "blank")
"""A number as it is written, a variable, the constant, and what is to be filled in."""
BINARY: Final = ("equality", "add", "mul", "pow", "log")
"""Of two arguments. ``log(x, b)`` is the logarithm of x to the base b."""
UNARY: Final = (
    *("sin", "cos", "csc", "sec", "tan", "cot"),
    *("asin", "acos", "acsc", "asec", "atan", "acot"),
    *("sinh", "cosh", "csch", "sech", "tanh", "coth"),
    *("asinh", "acosh", "acsch", "asech", "atanh", "acoth"),
    *("exp", "ln", "abs"),
)
"""Of one argument. Inverse functions take SymPy's principal values: ``acot(x)`` is ``atan(1 / x)``."""
FUNCTIONS: Final = (*LEAVES, *BINARY, *UNARY)
"""Names by code; codes from ``len(FUNCTIONS)`` on are black boxes of one argument, see `Forest.boxes`."""
CODE: Final = {name: code for code, name in enumerate(FUNCTIONS)}
"""Codes by name."""
COMMUTATIVE: Final = frozenset(CODE[name] for name in ("equality", "add", "mul"))
"""Codes of the functions whose arguments may change places."""


def arity(code: int) -> int:
    """Arguments of a function.

    Parameters
    ----------
    code : int
        Of a node, black boxes included.

    Examples
    --------
    >>> [arity(CODE[name]) for name in ("pi", "sin", "log")], arity(len(FUNCTIONS))
    ([0, 1, 2], 1)
    """
    if code < len(LEAVES):
        return 0
    return 2 if code < len(LEAVES) + len(BINARY) else 1
