"""What a function was given is among the values that it can have been given."""

import numpy as np
import pytest

from etl.equations.functions import apply
from etl.equations.grammar import BINARY, CODE, UNARY
from models.programs.invert import Anything, preimages

INSIDE = np.array([0.3, 0.7, -0.4, 1.9, -2.2], complex)


def _finds(found: np.ndarray, value: complex) -> bool:
    return bool((abs(found - value) < 1e-7).any())


@pytest.mark.parametrize("name", [name for name in UNARY if name != "abs"])
def test_an_argument_is_found_from_the_value(name: str) -> None:
    values = apply(name, INSIDE)
    for given, value in zip(INSIDE, values, strict=True):
        if np.isfinite(value):
            assert _finds(preimages(CODE[name], 0, np.array([value])), given), (name, given)


@pytest.mark.parametrize("name", [name for name in UNARY if not name.startswith("a") and name != "ln"])
def test_preimages_of_entire_functions_lead_back(name: str) -> None:
    wanted = np.array([0.6 + 0.2j])
    found = preimages(CODE[name], 0, wanted)
    assert len(found)
    assert np.allclose(apply(name, found), wanted)


@pytest.mark.parametrize("name", BINARY[1:])
@pytest.mark.parametrize("slot", [0, 1])
def test_one_of_two_arguments_is_found_from_the_other(name: str, slot: int) -> None:
    for first, second in [(0.7, 2.0), (1.9, 3.0), (2.2, 0.5), (-0.4, 2.0), (-1.0, 3.0)]:
        pair = [np.array([each], complex) for each in (first, second)]
        value = apply(name, *pair)
        found = preimages(CODE[name], slot, value, complex(pair[1 - slot][0]))
        assert _finds(found, (first, second)[slot]), (name, slot, first, second)


@pytest.mark.parametrize(
    ("name", "slot", "wanted", "other"),
    [("mul", 0, 0, 0), ("mul", 1, 0, 0), ("pow", 0, 1, 0), ("pow", 1, 1, 1), ("pow", 1, 0, 0)],
)
def test_where_every_value_would_do_that_is_told(name: str, slot: int, wanted: float, other: float) -> None:
    with pytest.raises(Anything):
        preimages(CODE[name], slot, np.array([wanted], complex), other)


def test_where_no_value_would_do_there_is_none() -> None:
    assert len(preimages(CODE["mul"], 0, np.array([1 + 0j]), 0.0)) == 0
