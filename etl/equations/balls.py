"""Numbers of mpmath of any length with a bound of their error: one function of the grammar at a time."""

from collections.abc import Callable
from typing import Final, NamedTuple

from etl.engine.types import Array
from etl.equations.rules import INFINITE, RULES, SEEN, Rule, at_limit
from etl.equations.trust import FAR, OWN

HUGE: Final = 25
"""Binary digits of the largest argument of an exponential; of a sine, a hundred times as many."""
_SIZES: Final = {
    **dict.fromkeys(("exp", "sinh", "cosh", "tanh"), HUGE),
    **dict.fromkeys(("sin", "cos", "tan"), 100 * HUGE),
}
Number = Array
"""`mpmath.mpf` or `mpmath.mpc`."""


class Ball(NamedTuple):
    """A value (None where undefined), the bound of its error and its influence, as in `trust.Measured`."""

    value: Number
    error: Number
    influence: Number

    @property
    def zero(self) -> bool:
        """Zero for certain."""
        return self.value == 0 and self.error == 0


ZERO: Final = Ball(0, 0, INFINITE)
UNDEFINED: Final = Ball(None, 0, INFINITE)
UNKNOWN: Final = Ball(0, INFINITE, 0)


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
    if any(each.error == INFINITE for each in arguments):
        return UNKNOWN
    return _COMPOSED[name](*arguments) if name in _COMPOSED else _by_rule(name, arguments[0])


def settled(ball: Ball) -> Ball:
    """A value whose parts are zero, or whole or half numbers, to all digits, is taken to be exactly that.

    Not where a leaf may have been lost: 1 + exp(-exp(10)) stays unsettled.
    """
    import mpmath

    value, error, influence = ball
    if ball.zero:
        return Ball(value, error, INFINITE)
    if value is None or not 0 < error <= min(mpmath.sqrt(mpmath.eps), SEEN * influence):
        return ball
    real, imag = (0 if abs(each) <= 4 * error else each for each in (mpmath.re(value), mpmath.im(value)))
    nearest = mpmath.nint(2 * real) / 2
    if imag == 0 and abs(real - nearest) <= 4 * error:
        return Ball(nearest, mpmath.mpf(0), INFINITE)
    return Ball(mpmath.mpc(real, imag) if imag else mpmath.mpf(real), error, influence)


def _ball(value: Number, error: Number, influence: Number) -> Ball:
    import mpmath

    rounding = OWN * mpmath.eps * abs(value)
    return settled(Ball(value, error + rounding, influence))


def _by_rule(name: str, a: Ball) -> Ball:
    import mpmath

    rule, value = RULES[name], a.value
    if a.error == 0 and any(value == pole for pole in rule.poles):
        return UNDEFINED
    if value != 0 and mpmath.mag(value) > _SIZES.get(name, 10**6):
        return UNKNOWN
    if a.error and abs(value) <= a.error and rule.poles:
        return UNKNOWN
    found = _NAMED[name](value) if name in _NAMED else getattr(mpmath, name)(value)
    if a.error == 0:
        return _ball(found, mpmath.mpf(0), _influence(rule, _slope(rule, a, found), a))
    radius = rule.radius(value, found)
    if a.error > FAR * radius or _astride(rule.cut, a):
        return UNKNOWN
    slope, nearness = rule.slope(value, found), a.error / radius
    error = 1.5 * slope * a.error + abs(found) * nearness**2
    return _ball(found, error, _influence(rule, slope, a))


def _influence(rule: Rule, slope: Number, a: Ball) -> Number:
    import mpmath

    if at_limit(rule, a.value, mpmath.mp.dps):
        return 0
    return _scaled(max(slope, mpmath.sqrt(mpmath.eps)) if rule.stationary else slope, a)


def _slope(rule: Rule, a: Ball, found: Number) -> Number:
    try:
        return rule.slope(a.value, found)
    except ZeroDivisionError:  # at a branch point
        return INFINITE


def _astride(cut: str, a: Ball) -> bool:
    """Whether the error is a jump across a cut."""
    real, imag = complex(a.value).real, complex(a.value).imag
    if cut == "none":
        return False
    if cut == "imaginary":
        return real != 0 and abs(real) <= 4 * a.error and abs(imag) > 1 - FAR
    there = {"negative": real < 0, "below_one": real < 1, "outer": abs(real) > 1 - FAR}[cut]
    return there and imag != 0 and abs(imag) <= 4 * a.error


def _add(a: Ball, b: Ball) -> Ball:
    return _ball(a.value + b.value, a.error + b.error, min(a.influence, b.influence))


def _mul(a: Ball, b: Ball) -> Ball:
    if a.zero or b.zero:
        return Ball(a.value * 0, a.error * 0, INFINITE)
    left, right = abs(a.value), abs(b.value)
    error = left * b.error + right * a.error + a.error * b.error
    return _ball(a.value * b.value, error, min(_scaled(right, a), _scaled(left, b)))


def _scaled(size: Number, ball: Ball) -> Number:
    return INFINITE if ball.influence == INFINITE else size * ball.influence


def _pow(a: Ball, b: Ball) -> Ball:
    import mpmath

    if b.zero or (a.value == 1 and a.error == 0):
        return Ball(mpmath.mpf(1), mpmath.mpf(0), INFINITE)
    if abs(b.value) <= b.error or (abs(a.value) <= a.error and not a.zero):
        return UNKNOWN
    if a.zero:
        positive = mpmath.im(b.value) == 0 and mpmath.re(b.value) > 0
        return Ball(mpmath.mpf(0), mpmath.mpf(0), INFINITE) if positive else UNDEFINED
    size, grade, turns = abs(a.value), abs(b.value), abs(mpmath.log(a.value))
    nearness = a.error * (1 + grade) / size + b.error * (1 + turns)
    if nearness > FAR or mpmath.mag(grade * turns + 1) > HUGE or _astride("negative", a):
        return UNKNOWN
    value = mpmath.power(a.value, b.value)
    error = abs(value) * (1.5 * nearness + nearness**2 + OWN * mpmath.eps * grade * turns)
    return _ball(value, error, abs(value) * min(_scaled(grade / size, a), _scaled(turns, b)))


def _tangent(name: str, under: str) -> Callable[[Ball], Ball]:
    """A quotient by one rule, as the errors of its two functions cancel; undefined at its poles."""
    return lambda a: UNDEFINED if apply(under, a).zero else _by_rule(name, a)


def _cotangent(name: str, above: str, under: str) -> Callable[[Ball], Ball]:
    def call(a: Ball) -> Ball:
        if apply(under, a).zero:
            return UNDEFINED
        if apply(above, a).zero:
            return apply(above, a)
        return apply("inverse", _by_rule(name, a))

    return call


def _inverse_of(name: str) -> Callable[[Ball], Ball]:
    return lambda a: apply("inverse", apply(name, a))


def _of_inverse(name: str) -> Callable[[Ball], Ball]:
    return lambda a: apply(name, apply("inverse", a))


def _acot(a: Ball) -> Ball:
    import mpmath

    return _ball(mpmath.pi / 2, mpmath.mpf(0), INFINITE) if a.zero else _of_inverse("atan")(a)


def _acoth(a: Ball) -> Ball:
    import mpmath

    if a.zero:
        return _ball(mpmath.mpc(0, mpmath.pi / 2), mpmath.mpf(0), INFINITE)
    return _of_inverse("atanh")(a)


_NAMED: Final[dict[str, Callable[[Number], Number]]] = {"abs": abs, "inverse": lambda value: 1 / value}
_COMPOSED: Final[dict[str, Callable[..., Ball]]] = {
    **{"add": _add, "mul": _mul, "pow": _pow, "square": lambda a: _mul(a, a)},
    "log": lambda a, base: apply("mul", apply("ln", a), apply("inverse", apply("ln", base))),
    **{"tan": _tangent("tan", "cos"), "cot": _cotangent("tan", "cos", "sin")},
    **{"tanh": _tangent("tanh", "cosh"), "coth": _cotangent("tanh", "cosh", "sinh")},
    **{"csc": _inverse_of("sin"), "sec": _inverse_of("cos")},
    **{"csch": _inverse_of("sinh"), "sech": _inverse_of("cosh")},
    **{"acsc": _of_inverse("asin"), "asec": _of_inverse("acos"), "acot": _acot},
    **{"acsch": _of_inverse("asinh"), "asech": _of_inverse("acosh"), "acoth": _acoth},
}
