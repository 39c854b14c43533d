"""Functions of arrays agree with mpmath on and off their branch cuts, whatever the sign of a zero."""

from itertools import product

import mpmath
import numpy as np
import pytest

from etl.engine import Engine
from etl.equations.functions import apply
from etl.equations.grammar import UNARY
from etl.handoff import to_host

AXIS = [sign * size for size in (0.0, 0.3, 1.0, 1.7, 8.0) for sign in (1.0, -1.0)]
POINTS = [complex(*parts) for parts in product(AXIS, AXIS)]
NAN = complex("nan")


def oracle(name: str, *arguments: complex) -> complex:
    """By mpmath at 30 digits, where real numbers have no zero of a sign; nan at poles."""
    numbers = [mpmath.mpc(z) if z.imag else mpmath.mpf(z.real) for z in arguments]
    with mpmath.workdps(30):
        try:
            found = complex(TOLD.get(name, getattr(mpmath, name, None))(*numbers))
        except (ZeroDivisionError, ValueError):
            return NAN
    return found if abs(found) < 1e300 else NAN


def power(base, exponent):
    return NAN if base == 0 and mpmath.im(exponent) else mpmath.power(base, exponent)


def logarithm(x, base):
    return NAN if base == 0 else mpmath.log(x) / mpmath.log(base)


TOLD = {"abs": abs, "pow": power, "log": logarithm}


def agree(found: np.ndarray, expected: np.ndarray) -> None:
    assert (np.isnan(found) == np.isnan(expected)).all()
    there = ~np.isnan(expected)
    np.testing.assert_allclose(found[there], expected[there], rtol=2e-15, atol=1e-300)


@pytest.mark.parametrize("name", UNARY)
def test_functions_take_mpmaths_side_of_each_cut(name: str, engine: Engine) -> None:
    found = to_host(apply(name, engine.xp.asarray(np.array(POINTS))))
    agree(found, np.array([oracle(name, z) for z in POINTS]))


@pytest.mark.parametrize("name", ["pow", "log"])
def test_functions_of_two_arguments(name: str, engine: Engine) -> None:
    seconds = [0, 1, 2, -1, 0.5, -0.5, 1 / 3, -2, 10, 2.5, 1j, -1j, 1 + 1j]
    pairs = np.array(list(product(POINTS[::3], seconds)), complex)
    found = to_host(apply(name, *map(engine.xp.asarray, pairs.T.copy())))
    agree(found, np.array([oracle(name, *pair) for pair in pairs.tolist()]))


def test_powers_keep_their_digits() -> None:
    found = apply("pow", np.array([-1.1 + 0j, 1.0000001, -8.0]), np.array([301.0 + 0j, 1e8, 1 / 3]))
    expected = [oracle("pow", *pair) for pair in ((-1.1, 301.0), (1.0000001, 1e8), (-8.0, 1 / 3))]
    assert found[0].imag == 0
    np.testing.assert_allclose(found, expected, rtol=2e-15)


def test_a_name_without_a_function_is_refused() -> None:
    with pytest.raises(ValueError, match=r"equality is no function of numbers; those are add, mul"):
        apply("equality", np.zeros(1, complex), np.zeros(1, complex))
