"""Numbers of mpmath of any length with a bound of their error: one function of the grammar at a time."""

from collections.abc import Callable
from math import inf, log2
from typing import Final, NamedTuple

from etl.engine.types import Array
from etl.equations.rules import RULES, SEEN, Rule
from etl.equations.trust import FAR, OWN

HUGE: Final = 25
"""Binary digits of the largest argument of an exponential; of a sine, a hundred times as many."""
_SIZES: Final = {
    **dict.fromkeys(("exp", "sinh", "cosh", "tanh"), HUGE),
    **dict.fromkeys(("sin", "cos", "tan"), 100 * HUGE),
}
BITS: Final = 3.3219
"""Binary digits of a decimal one."""
FARTHEST: Final = 10**300
"""Largest binary exponent that is told apart."""
SHOWN: Final = log2(SEEN)
Number = Array
"""`mpmath.mpf` or `mpmath.mpc`."""


class Ball(NamedTuple):
    """A value, with its error and influence as in `trust.Measured`, these as logarithms to the base 2.

    Attributes
    ----------
    value : Number
        None where it is undefined.
    error : float
        -inf where the value is exact, inf where nothing is known.
    influence : float
    """

    value: Number
    error: float
    influence: float

    @property
    def zero(self) -> bool:
        """Zero for certain."""
        return self.error == -inf and self.value == 0


ZERO: Final = Ball(0, -inf, inf)
UNDEFINED: Final = Ball(None, -inf, inf)
UNKNOWN: Final = Ball(0, inf, -inf)


def apply(name: str, *arguments: Ball) -> Ball:
    """A function of the grammar, to the working precision of mpmath.

    Parameters
    ----------
    name : str
        As of `functions.apply`.
    *arguments : Ball
    """
    if any(each.value is None for each in arguments):
        return UNDEFINED
    if any(each.error == inf for each in arguments):
        return UNKNOWN
    return _COMPOSED[name](*arguments) if name in _COMPOSED else _by_rule(name, arguments[0])


def size(value: Number) -> float:
    """Logarithm of a magnitude to the base 2.

    Parameters
    ----------
    value : Number
    """
    import mpmath

    near = abs(complex(value))
    if 1e-300 < near < 1e300:
        return log2(near)
    return float(max(-FARTHEST, min(FARTHEST, mpmath.mag(value)))) if value else -inf


def both(one: float, other: float) -> float:
    """Logarithm of a sum.

    Parameters
    ----------
    one, other : float
        Logarithms of its terms to the base 2.
    """
    low, high = (one, other) if one < other else (other, one)
    return high if low == -inf or low < high - 60 else high + log2(1 + 2 ** (low - high))


def rounded(value: Number, error: float, influence: float) -> Ball:
    """A value that was just computed: its rounding is added to the error.

    Where its parts are zero, or whole or half numbers, to all digits, it is taken to be exactly that, but not
    where a leaf may have been lost: 1 + exp(-exp(10)) stays as it is.

    Parameters
    ----------
    value : Number
    error, influence : float
        Logarithms to the base 2, the error without that of this rounding.
    """
    import mpmath

    error = both(error, size(value) + log2(OWN) + 1 - mpmath.mp.prec)
    if error == -inf:
        return Ball(value, error, inf)
    if error > -mpmath.mp.prec / 2 or error > SHOWN + influence or not _nearly_whole(complex(value)):
        return Ball(value, error, influence)
    real, imag = (0 if size(each) <= error + 2 else each for each in (mpmath.re(value), mpmath.im(value)))
    nearest = mpmath.nint(2 * real) / 2
    if imag == 0 and size(real - nearest) <= error + 2:
        return Ball(nearest, -inf, inf)
    return Ball(mpmath.mpc(real, imag) if imag else mpmath.mpf(real), error, influence)


def _nearly_whole(value: complex) -> bool:
    """Whether a part may be zero, or all be a half number."""
    twice = 2 * value.real
    least = min(abs(value.real), abs(value.imag))
    return 0 < least < 1e-6 or (
        abs(value.imag) < 1e-6 and (abs(twice) > 1e6 or abs(twice - round(twice)) < 1e-6)
    )


def _by_rule(name: str, a: Ball) -> Ball:
    import mpmath

    rule, value = RULES[name], a.value
    if a.error == -inf and any(value == pole for pole in rule.poles):
        return UNDEFINED
    if value != 0 and mpmath.mag(value) > _SIZES.get(name, 10**6):
        return UNKNOWN
    if value == 0 and a.error > -inf and 0 in rule.poles:
        return UNKNOWN
    found = _NAMED[name](value) if name in _NAMED else getattr(mpmath, name)(value)
    slope, radius = _derived(rule, value, found)
    nearness = a.error - radius if a.error > -inf else -inf
    if nearness > log2(FAR) or _astride(rule.cut, a):
        return UNKNOWN
    spread = slope + a.error + 0.6 if a.error > -inf else -inf
    error = both(spread, size(found) + 2 * nearness if nearness > -inf else -inf)
    shown = max(slope, -mpmath.mp.prec / 2) if rule.stationary else slope
    lost = _at_limit(rule, value, mpmath.mp.dps)
    return rounded(found, error, -inf if lost else _through(shown, a.influence))


def _through(slope: float, influence: float) -> float:
    """An influence after a function; exact numbers stay without one, and what was lost stays lost."""
    return influence if influence in (inf, -inf) else influence + slope


def _derived(rule: Rule, value: Number, found: Number) -> tuple[float, float]:
    """Logarithms of the slope and the radius: of doubles where these are plain, else of all digits."""
    try:
        a, v = complex(value), complex(found)
        slope, radius = rule.slope(a, v), rule.radius(a, v)
        if 1e-5 < slope < 1e100 and radius > 1e-5:
            return log2(slope), log2(radius) if radius < inf else inf
    except (ZeroDivisionError, OverflowError):
        pass
    return _log_of(rule.slope, value, found), _log_of(rule.radius, value, found)


def _log_of(part: Callable[[Number, Number], Number], value: Number, found: Number) -> float:
    import mpmath

    try:
        number = part(value, mpmath.mpmathify(found))
    except ZeroDivisionError:  # at a branch point
        return inf
    return inf if number == inf else size(number)


def _at_limit(rule: Rule, value: Number, digits: int) -> bool:
    """See `rules.at_limit`."""
    near, far = complex(value), 0.4 * BITS * digits
    parts = {"real": near.real, "imaginary": near.imag}
    if any(abs(part) > 0.9 * digits for kind, part in parts.items() if kind in rule.limit):
        return True
    large, small = size(value) > far, -inf < size(value) < -far
    return (large and "large" in rule.limit) or (small and "small" in rule.limit)


def _astride(cut: str, a: Ball) -> bool:
    """Whether the error is a jump across a cut."""
    if cut == "none" or a.error == -inf:
        return False
    import mpmath

    real, imag = mpmath.re(a.value), mpmath.im(a.value)
    if cut == "imaginary":
        return bool(real != 0 and size(real) <= a.error + 2 and abs(imag) > 1 - FAR)
    there = {"negative": real < 0, "below_one": real < 1, "outer": abs(real) > 1 - FAR}[cut]
    return bool(there and imag != 0 and size(imag) <= a.error + 2)


def _add(a: Ball, b: Ball) -> Ball:
    return rounded(a.value + b.value, both(a.error, b.error), min(a.influence, b.influence))


def _mul(a: Ball, b: Ball) -> Ball:
    if a.zero or b.zero:
        return ZERO
    left, right = size(a.value), size(b.value)
    error = both(both(left + b.error, right + a.error), a.error + b.error)
    return rounded(a.value * b.value, error, min(_through(right, a.influence), _through(left, b.influence)))


def _pow(a: Ball, b: Ball) -> Ball:
    import mpmath

    if b.zero or (a.value == 1 and a.error == -inf):
        return Ball(mpmath.mpf(1), -inf, inf)
    if a.zero:
        positive = mpmath.im(b.value) == 0 and mpmath.re(b.value) > 0 and size(b.value) > b.error
        return ZERO if positive else UNDEFINED if size(b.value) > b.error else UNKNOWN
    if size(b.value) <= b.error or size(a.value) <= a.error:
        return UNKNOWN
    grade, turns = size(b.value), size(mpmath.log(a.value))
    nearness = both(a.error + both(0, grade) - size(a.value), b.error + both(0, turns))
    if nearness > log2(FAR) or grade + turns > HUGE or _astride("negative", a):
        return UNKNOWN
    value = mpmath.power(a.value, b.value)
    rounding = grade + turns + log2(OWN) + 1 - mpmath.mp.prec
    influence = min(_through(grade - size(a.value), a.influence), _through(turns, b.influence))
    error = size(value) + both(nearness + 1, rounding)
    return rounded(value, error, _through(size(value), influence))


def _tangent(name: str, under: str) -> Callable[[Ball], Ball]:
    """A quotient by one rule, as the errors of its two functions cancel; undefined at its poles."""
    return lambda a: UNDEFINED if apply(under, a).zero else _by_rule(name, a)


def _cotangent(name: str, above: str, under: str) -> Callable[[Ball], Ball]:
    def call(a: Ball) -> Ball:
        if apply(under, a).zero:
            return UNDEFINED
        return ZERO if apply(above, a).zero else apply("inverse", _by_rule(name, a))

    return call


def _inverse_of(name: str) -> Callable[[Ball], Ball]:
    return lambda a: apply("inverse", apply(name, a))


def _of_inverse(name: str, at_zero: complex | None = None) -> Callable[[Ball], Ball]:
    def call(a: Ball) -> Ball:
        import mpmath

        if a.zero and at_zero is not None:
            return rounded(mpmath.pi * at_zero, -inf, inf)
        return apply(name, apply("inverse", a))

    return call


_NAMED: Final[dict[str, Callable[[Number], Number]]] = {"abs": abs, "inverse": lambda value: 1 / value}
_COMPOSED: Final[dict[str, Callable[..., Ball]]] = {
    **{"add": _add, "mul": _mul, "pow": _pow, "square": lambda a: _mul(a, a)},
    "log": lambda a, base: apply("mul", apply("ln", a), apply("inverse", apply("ln", base))),
    **{"tan": _tangent("tan", "cos"), "cot": _cotangent("tan", "cos", "sin")},
    **{"tanh": _tangent("tanh", "cosh"), "coth": _cotangent("tanh", "cosh", "sinh")},
    **{"csc": _inverse_of("sin"), "sec": _inverse_of("cos")},
    **{"csch": _inverse_of("sinh"), "sech": _inverse_of("cosh")},
    **{"acsc": _of_inverse("asin"), "asec": _of_inverse("acos"), "acot": _of_inverse("atan", 0.5)},
    **{"acsch": _of_inverse("asinh"), "asech": _of_inverse("acosh"), "acoth": _of_inverse("atanh", 0.5j)},
}
