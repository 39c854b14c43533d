"""How an error in an argument becomes one of a value: derivatives, and how far they may be trusted.

Written with operators alone, so that they hold for arrays of complex128 and for numbers of mpmath.
Derivatives are read off the value where that is cheaper: ``sin' = sqrt(1 - sin**2)``.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from etl.engine.types import Array

INFINITE: Final = float("inf")
SEEN: Final = 1e-7
"""Values count as equal where the bound of their error is below this part of their influence."""


@dataclass(frozen=True)
class Rule:
    """Of a function of one argument ``a`` with the value ``v``.

    Attributes
    ----------
    slope : function of (a, v)
        Magnitude of the derivative.
    radius : function of (a, v)
        Distance to where the derivative changes by its own size: to the nearest pole or branch point, or 1.
    cut : str
        Where the value jumps: ``negative`` below zero on the real axis, ``below_one``, ``outer`` beyond 1
        and -1 on it, ``imaginary`` beyond i and -i on the imaginary axis; ``none``.
    poles : tuple of complex
        Where it is undefined.
    limit : tuple of str
        Where it is as good as another function, so that a difference of the two is lost before any rounding
        can be seen: ``real`` and ``imaginary`` parts that make an exponential all, ``small`` arguments that
        odd functions give back, ``large`` ones whose logarithm is all.
    stationary : bool
        Whether the derivative has zeros, where the value still shows changes of the argument by the root of
        its own rounding.
    """

    slope: Callable[[Array, Array], Array]
    radius: Callable[[Array, Array], Array]
    cut: str = "none"
    poles: tuple[complex, ...] = ()
    limit: tuple[str, ...] = ()
    stationary: bool = False


def _one(a: Array, v: Array) -> float:
    return 1.0


def _near_pole(a: Array, v: Array) -> Array:
    return 1 / (1 + abs(v))


def _own_size(a: Array, v: Array) -> Array:
    return abs(a)


def _from_ones(a: Array, v: Array) -> Array:
    return abs(1 - a * a) / (2 + abs(a))


def _from_imaginary_ones(a: Array, v: Array) -> Array:
    return abs(1 + a * a) / (2 + abs(a))


RULES: Final[dict[str, Rule]] = {
    "sin": Rule(lambda a, v: abs(1 - v * v) ** 0.5, _one, limit=("imaginary", "small"), stationary=True),
    "cos": Rule(lambda a, v: abs(1 - v * v) ** 0.5, _one, limit=("imaginary",), stationary=True),
    "sinh": Rule(lambda a, v: abs(1 + v * v) ** 0.5, _one, limit=("real", "small"), stationary=True),
    "cosh": Rule(lambda a, v: abs(1 - v * v) ** 0.5, _one, limit=("real",), stationary=True),
    "tan": Rule(lambda a, v: abs(1 + v * v), _near_pole, limit=("imaginary", "small")),
    "tanh": Rule(lambda a, v: abs(1 - v * v), _near_pole, limit=("real", "small")),
    "exp": Rule(lambda a, v: abs(v), _one),
    "ln": Rule(lambda a, v: 1 / abs(a), _own_size, "negative", (0,)),
    "sqrt": Rule(lambda a, v: 0.5 / abs(v), _own_size, "negative"),
    "inverse": Rule(lambda a, v: abs(v * v), _own_size, poles=(0,)),
    "asin": Rule(lambda a, v: abs(1 - a * a) ** -0.5, _from_ones, "outer", limit=("large", "small")),
    "acos": Rule(lambda a, v: abs(1 - a * a) ** -0.5, _from_ones, "outer", limit=("large",)),
    "atan": Rule(
        lambda a, v: 1 / abs(1 + a * a), _from_imaginary_ones, "imaginary", (1j, -1j), limit=("small",)
    ),
    "asinh": Rule(
        lambda a, v: abs(1 + a * a) ** -0.5, _from_imaginary_ones, "imaginary", limit=("large", "small")
    ),
    "acosh": Rule(lambda a, v: abs(1 - a * a) ** -0.5, _from_ones, "below_one", limit=("large",)),
    "atanh": Rule(lambda a, v: 1 / abs(1 - a * a), _from_ones, "outer", (1, -1), limit=("small",)),
    "abs": Rule(_one, lambda a, v: INFINITE),
}
"""Rules of the functions that the others are made of."""

STEPS: Final[dict[str, tuple[str, ...]]] = {
    **{"csc": ("sin", "inverse"), "sec": ("cos", "inverse"), "cot": ("tan", "inverse")},
    **{"csch": ("sinh", "inverse"), "sech": ("cosh", "inverse"), "coth": ("tanh", "inverse")},
    **{"acsc": ("inverse", "asin"), "asec": ("inverse", "acos"), "acot": ("inverse", "atan")},
    **{"acsch": ("inverse", "asinh"), "asech": ("inverse", "acosh"), "acoth": ("inverse", "atanh")},
}
"""Functions that are two others, the inner one first."""


def at_limit(rule: Rule, a: Array, digits: float) -> Array | bool:
    """Whether a function is at a limit of its rule, to a number of digits.

    Parameters
    ----------
    rule : Rule
    a : complex128 array, or a number of mpmath
    digits : float
        Decimal digits of the computation.
    """
    found: Array | bool = False
    for kind in rule.limit:
        if kind in ("real", "imaginary"):
            found = found | (abs(getattr(a, kind[:4])) > 0.9 * digits)
        elif kind == "small":
            found = found | ((abs(a) < 10 ** (-0.4 * digits)) & (a != 0))
        else:
            found = found | (abs(a) > 10 ** (0.4 * digits))
    return found


def steps(name: str) -> Iterable[str]:
    """A function as the ones with a rule, the inner one first.

    Parameters
    ----------
    name : str
    """
    return STEPS.get(name, (name,))
