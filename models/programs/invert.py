"""What a function must have been given, from what it returned: all branches, as far as asked for.

Between two roots of a number, or two angles of a sine, nothing tells which one a person meant. So a step
down returns each value that would do, of which the smallest are kept.
"""

from collections.abc import Callable

import numpy as np

from etl.engine.types import Array
from etl.equations.grammar import FUNCTIONS

Branches = Callable[[Array], tuple[Array, ...]]
ZERO = 1e-13
"""Magnitude below which a difference may be rounding alone."""
_SHIFTS = np.arange(-5, 6)
"""Periods that are added to a value."""


class Anything(ValueError):
    """Every value would do: nothing that stands there changes the result."""


def _mirrored(inverse: Branches, half_turn: complex) -> Branches:
    return lambda t: (*inverse(t), *(half_turn - x for x in inverse(t)))


def _signed(inverse: Branches) -> Branches:
    return lambda t: (*inverse(t), *(-x for x in inverse(t)))


def _of_reciprocal(inverse: Branches) -> Branches:
    return lambda t: inverse(1 / t)


def _one(function: Callable[[Array], Array]) -> Branches:
    return lambda t: (function(t),)


_TURN = 2 * np.pi
_SIN, _COS, _TAN = (
    _mirrored(_one(np.arcsin), np.pi),
    _signed(_one(np.arccos)),
    _one(np.arctan),
)
_SINH, _COSH, _TANH = (
    _mirrored(_one(np.arcsinh), 1j * np.pi),
    _signed(_one(np.arccosh)),
    _one(np.arctanh),
)
PERIODIC: dict[str, tuple[Branches, complex]] = {
    "sin": (_SIN, _TURN),
    "cos": (_COS, _TURN),
    "tan": (_TAN, np.pi),
    "csc": (_of_reciprocal(_SIN), _TURN),
    "sec": (_of_reciprocal(_COS), _TURN),
    "cot": (_of_reciprocal(_TAN), np.pi),
    "sinh": (_SINH, _TURN * 1j),
    "cosh": (_COSH, _TURN * 1j),
    "tanh": (_TANH, np.pi * 1j),
    "csch": (_of_reciprocal(_SINH), _TURN * 1j),
    "sech": (_of_reciprocal(_COSH), _TURN * 1j),
    "coth": (_of_reciprocal(_TANH), np.pi * 1j),
    "exp": (_one(np.log), _TURN * 1j),
}
"""Inverses within a period, and the period."""
SINGLE: dict[str, Callable[[Array], Array]] = {
    "asin": np.sin,
    "acos": np.cos,
    "atan": np.tan,
    "acsc": lambda t: 1 / np.sin(t),
    "asec": lambda t: 1 / np.cos(t),
    "acot": lambda t: 1 / np.tan(t),
    "asinh": np.sinh,
    "acosh": np.cosh,
    "atanh": np.tanh,
    "acsch": lambda t: 1 / np.sinh(t),
    "asech": lambda t: 1 / np.cosh(t),
    "acoth": lambda t: 1 / np.tanh(t),
    "ln": np.exp,
}
"""The one value that an inverse function can have been given; it is none where it does not lead back."""


def preimages(code: int, slot: int, wanted: Array, other: complex = np.nan) -> Array:
    """Values of one argument with which a function returns what is wanted.

    Parameters
    ----------
    code : int
        Of a function of `grammar.FUNCTIONS`, no leaf and no equality.
    slot : {0, 1}
        Which argument is looked for.
    wanted : complex array, shape (branches,)
    other : complex
        The other argument of a function of two.

    Returns
    -------
    complex array, shape (preimages,)
        Some may not lead back (a root of another branch): what is found in the end is to be checked. Of the
        infinitely many angles those of a few periods are returned; of the phases of an absolute value, 0
        and half a turn.

    Raises
    ------
    Anything
        Each value would do: 0 times it is 0.

    Examples
    --------
    >>> from etl.equations.grammar import CODE
    >>> preimages(CODE["pow"], 0, np.array([9 + 0j]), 2).real.round(9)
    array([ 3., -3.])
    """
    name = FUNCTIONS[code]
    with np.errstate(all="ignore"):
        if name in PERIODIC:
            inverse, period = PERIODIC[name]
            found = np.concatenate(inverse(wanted))
            return _distinct((found[:, None] + period * _SHIFTS).ravel())
        if name in SINGLE:
            return _distinct(SINGLE[name](wanted))
        if name == "abs":
            return _distinct(np.concatenate([wanted, -wanted]))
        return _distinct(_ARITHMETIC[name, slot](wanted, other))


def _term(wanted: Array, other: complex) -> Array:
    return wanted - other


def _factor(wanted: Array, other: complex) -> Array:
    if abs(other) < ZERO and (abs(wanted) < ZERO).any():
        raise Anything
    return wanted / other


def _base(wanted: Array, exponent: complex) -> Array:
    if abs(exponent) < ZERO and (abs(wanted - 1) < ZERO).any():
        raise Anything
    turns = min(int(np.ceil(abs(exponent) / 2)) + 1, 6) if np.isfinite(exponent) else 0
    logarithms = np.log(wanted)[:, None] + 2j * np.pi * _outwards(turns)
    roots = np.exp(logarithms / exponent).ravel()
    return np.append(roots, 0) if (abs(wanted) < ZERO).any() else roots


def _exponent(wanted: Array, base: complex) -> Array:
    if abs(base) < ZERO and (abs(wanted) < ZERO).any():
        raise Anything
    if abs(base - 1) < ZERO and (abs(wanted - 1) < ZERO).any():
        raise Anything
    return ((np.log(wanted)[:, None] + 2j * np.pi * _outwards(2)) / np.log(base)).ravel()


def _antilogarithm(wanted: Array, base: complex) -> Array:
    return np.exp(wanted * np.log(base))


def _base_of_logarithm(wanted: Array, of: complex) -> Array:
    return np.exp(np.log(of) / wanted)


_ARITHMETIC: dict[tuple[str, int], Callable[[Array, complex], Array]] = {
    ("add", 0): _term,
    ("add", 1): _term,
    ("mul", 0): _factor,
    ("mul", 1): _factor,
    ("pow", 0): _base,
    ("pow", 1): _exponent,
    ("log", 0): _antilogarithm,
    ("log", 1): _base_of_logarithm,
}


def _outwards(turns: int) -> Array:
    return np.array(sorted(range(-turns, turns + 1), key=abs))


def _distinct(values: Array) -> Array:
    """Finite values, each once, in order."""
    kept = values[np.isfinite(values)]
    _, first = np.unique(np.round(kept, 9), return_index=True)
    return kept[np.sort(first)]
