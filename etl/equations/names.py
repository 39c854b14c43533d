"""Spellings of functions, constants and Greek letters, and names that are refused, with the reason."""

from collections import Counter
from collections.abc import Collection
from difflib import get_close_matches
from typing import Final

from etl.equations.grammar import UNARY

_INVERSE: Final = {
    **{f"arc{name}": f"a{name}" for name in ("sin", "cos", "csc", "sec", "tan", "cot")},
    **{f"arc{name}": f"a{name}" for name in ("sinh", "cosh", "csch", "sech", "tanh", "coth")},
    **{f"ar{name}": f"a{name}" for name in ("sinh", "cosh", "csch", "sech", "tanh", "coth")},
}
SPELLINGS: Final = {
    **{name: name for name in (*UNARY, "sqrt", "log")},
    **_INVERSE,
    **{"Abs": "abs", "cosec": "csc", "tg": "tan", "ctg": "cot"},
}
"""Functions by what people and SymPy write; ``sqrt`` and ``log`` are no nodes of their own."""
BLANKS: Final = "?□■"
"""Signs for what is to be filled in."""
_LETTERS: Final = (
    *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda"),
    *("mu", "nu", "xi", "omicron", "pi", "rho", "", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega"),
)
GREEK: Final = {chr(0x3B1 + place): name for place, name in enumerate(_LETTERS) if name} | {
    **{chr(0x391 + place): name.capitalize() for place, name in enumerate(_LETTERS) if name},
    **{"ϑ": "theta", "ϕ": "phi", "ϵ": "epsilon"},
}
"""Names by letter: ``θ`` is the variable ``theta``."""
CONSTANTS: Final = {"pi": "pi", "π": "pi", "e": "e", "E": "e"}
"""``e`` is ``exp(1)``."""
INEQUATIONS: Final = ("!=", "≠", "<", ">", "≤", "≥", "<=", ">=")
_INFINITE: Final = "is no number; an equation is told true or false at finite points"
REFUSED: Final = {
    "I": "the imaginary unit is written sqrt(-1); I is no variable",
    **{name: f"'{name}' {_INFINITE}" for name in ("oo", "zoo", "inf", "nan", "infinity", "∞")},
    **{name: f"'{name}' is no number; an equation has two sides" for name in ("True", "False", "None")},
    "Ne": "an inequation is not read; write the equation, whose verdict is then the opposite",
}
"""Names that stand for nothing here, with what is said of them."""
_WORDS: Final = {*GREEK.values(), *SPELLINGS, *CONSTANTS}


def glued(names: Collection[str]) -> str:
    """A name that may be meant as a product, as ``ab`` beside ``a`` and ``b``, or ``ba``; else nothing.

    Parameters
    ----------
    names : collection of str
        Of an equation.

    Examples
    --------
    >>> glued(["a", "b", "ab"]), glued(["xy", "yx"]), glued(["a", "ac", "mu"])
    ('ab', 'xy', '')
    """
    words = [name for name in names if len(name) > 1 and name.isalpha() and name not in _WORDS]
    turned = Counter("".join(sorted(word)) for word in words)
    for word in words:
        if set(word) <= set(names) or turned["".join(sorted(word))] > 1:
            return word
    return ""


def unknown(name: str, boxes: tuple[str, ...]) -> str:
    """What is said of a name that is called, and is no function.

    Parameters
    ----------
    name : str
    boxes : tuple of str
        Names of black boxes.
    """
    known = [*SPELLINGS, *boxes]
    near = get_close_matches(name, known, 1, 0.0)[0]
    product = f", or write {name}*(...) for a product" if len(name) == 1 or "_" in name else ""
    boxed = f" or of the black boxes {', '.join(boxes)}" * bool(boxes)
    return (
        f"unknown function '{name}'; take one of {', '.join((*UNARY, 'sqrt', 'log'))}{boxed} "
        f"(nearest: '{near}'){product}"
    )
