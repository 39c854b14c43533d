"""Every function of the grammar for arrays of complex128, on the branch that mpmath and SymPy take.

NumPy and CuPy follow C99: on a branch cut the sign of a zero says from which side the cut is met. mpmath has
no signed zero, so each function is handed the zero of the side that mpmath takes.
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from etl.engine import array_namespace
from etl.engine.types import Array

Function = Callable[..., Array]
UNDEFINED: Final = complex(np.nan, np.nan)


def joined(real: Array, imag: Array) -> Array:
    """Complex numbers of two parts; ``real + 1j * imag`` would lose the sign of a zero.

    Parameters
    ----------
    real, imag : float64 arrays
    """
    pair = array_namespace(real).stack([real, imag], axis=-1)
    return pair.view(np.complex128)[..., 0]


def _met_from_above(z: Array) -> Array:
    """The cut is the negative axis, as of log."""
    return joined(z.real, z.imag + 0.0)


def _met_turning(z: Array) -> Array:
    """Cuts are on the real axis, met from below on the right and from above on the left, as of asin."""
    return joined(z.real, array_namespace(z).where(z.imag == 0, -0.0 * z.real, z.imag))


def _met_along(z: Array) -> Array:
    """Cuts are on the imaginary axis, met from the right above and from the left below, as of atan."""
    return joined(array_namespace(z).where(z.real == 0, 0.0 * z.imag, z.real), z.imag)


def _as_it_is(z: Array) -> Array:
    return z


def _named(name: str, side: Function = _as_it_is, poles: tuple[complex, ...] = ()) -> Function:
    """A function of the array's own library, undefined at its poles."""

    def call(z: Array) -> Array:
        xp = array_namespace(z)
        found = getattr(xp, name)(side(z))
        for pole in poles:
            found = xp.where(z == pole, UNDEFINED, found)
        return found

    return call


def inverse(z: Array) -> Array:
    """``1 / z``, undefined at zero.

    Parameters
    ----------
    z : complex128 array
    """
    return array_namespace(z).where(z == 0, UNDEFINED, 1.0 / z)


def _inverse_of(function: Function) -> Function:
    return lambda z: inverse(function(z))


def _of_inverse(function: Function, at_zero: complex = UNDEFINED) -> Function:
    def call(z: Array) -> Array:
        return array_namespace(z).where(z == 0, at_zero, function(inverse(z)))

    return call


def log(z: Array, base: Array) -> Array:
    """Logarithm to a base: the quotient of two natural ones; undefined to the base 1.

    Parameters
    ----------
    z, base : complex128 arrays
    """
    ln = TABLE["ln"]
    return ln(z) * inverse(ln(base))


def power(base: Array, exponent: Array) -> Array:
    """``base ** exponent``: 1 where the exponent is 0; of the base 0, undefined without a positive exponent.

    Real numbers take the real power of the magnitude, turned by half turns of the exponent where the base is
    negative: ``exp(exponent * log(base))`` loses digits of large results, and zeros of their parts.

    Parameters
    ----------
    base, exponent : complex128 arrays
    """
    xp = array_namespace(base)
    real = (base.imag == 0) & (exponent.imag == 0)
    safe = xp.where(real | (base == 0), 1.0, base)
    found = xp.where(real, _real_power(base.real, exponent.real), _met_from_above(safe) ** exponent)
    at_zero = xp.where((exponent.imag == 0) & (exponent.real > 0), 0.0, UNDEFINED)
    return xp.where(exponent == 0, 1.0, xp.where(base == 0, at_zero, found))


def _real_power(base: Array, exponent: Array) -> Array:
    xp = array_namespace(base)
    size = xp.power(abs(base), exponent)
    turn = xp.remainder(xp.where(base < 0, exponent, 0.0), 2.0)
    exact = xp.rint(2.0 * turn) == 2.0 * turn
    cos, sin = xp.cos(np.pi * turn), xp.sin(np.pi * turn)
    cos, sin = (xp.where(exact, xp.rint(part), part) for part in (cos, sin))
    return joined(xp.where(cos == 0, 0.0, size * cos), xp.where(sin == 0, 0.0, size * sin))


def _magnitude(z: Array) -> Array:
    return abs(z).astype(np.complex128)


_ASIN, _ACOS = _named("arcsin", _met_turning), _named("arccos", _met_turning)
_ATAN = _named("arctan", _met_along, (1j, -1j))
_ASINH, _ACOSH = _named("arcsinh", _met_along), _named("arccosh", _met_from_above)
_ATANH = _named("arctanh", _met_turning, (1.0, -1.0))

TABLE: Final[dict[str, Function]] = {
    "add": lambda a, b: a + b,
    "mul": lambda a, b: a * b,
    "pow": power,
    "log": log,
    "inverse": inverse,
    "square": lambda z: z * z,
    "sqrt": _named("sqrt", _met_from_above),
    **{name: _named(name) for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "exp")},
    "csc": _inverse_of(_named("sin")),
    "sec": _inverse_of(_named("cos")),
    "cot": _inverse_of(_named("tan")),
    "csch": _inverse_of(_named("sinh")),
    "sech": _inverse_of(_named("cosh")),
    "coth": _inverse_of(_named("tanh")),
    **{"asin": _ASIN, "acos": _ACOS, "atan": _ATAN, "asinh": _ASINH, "acosh": _ACOSH, "atanh": _ATANH},
    "acsc": _of_inverse(_ASIN),
    "asec": _of_inverse(_ACOS),
    "acot": _of_inverse(_ATAN, np.pi / 2),
    "acsch": _of_inverse(_ASINH),
    "asech": _of_inverse(_ACOSH),
    "acoth": _of_inverse(_ATANH, 0.5j * np.pi),
    "ln": _named("log", _met_from_above, (0.0,)),
    "abs": _magnitude,
}
"""Functions of complex128 arrays by name."""


def apply(name: str, *arguments: Array) -> Array:
    """A function of the grammar, element by element and without warnings.

    Parameters
    ----------
    name : str
        Any function but leaves and ``equality``; ``inverse``, ``square`` and ``sqrt`` too.
    *arguments : complex128 arrays, numpy or cupy
        One or two, of one shape.

    Returns
    -------
    complex128 array
        nan where the function is undefined.

    Raises
    ------
    ValueError
        A name without a function.

    Examples
    --------
    >>> import numpy as np
    >>> apply("acos", np.array([2 + 0j])).imag.round(3).tolist(), apply("ln", np.array([0j]))
    ([1.317], array([nan+nanj]))
    """
    if name not in TABLE:
        raise ValueError(f"{name} is no function of numbers; those are {', '.join(TABLE)}")
    with np.errstate(all="ignore"):
        return TABLE[name](*arguments)
