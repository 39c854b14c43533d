"""Values of a forest are those of a recursion, and their errors lie within the bounds that are told."""

import mpmath
import numpy as np
import pytest

from etl.engine import Engine
from etl.equations.evaluate import evaluate
from etl.equations.forest import Builder, Forest
from etl.equations.grammar import FUNCTIONS
from etl.equations.groups import exact
from etl.equations.parse import parse
from etl.equations.sampling import sample_points
from etl.equations.trees import below, part
from etl.equations.trust import measure
from etl.handoff import to_host
from tests.etl.equations.test_functions import TOLD

TEXTS = (
    "sin(x)**2 + cosh(y)*exp(-x) = log(x*y, 3)/(1 + x**2)",
    "acos(x)*atanh(x/y) + sqrt(x - 5)*coth(y) = sec(x*y) - asech(x)",
    "abs(x)**y + 0.7*pi + 0**x = acot(x - x) - (x + 1)**20",
)


def forest(*texts: str) -> Forest:
    build = Builder()
    for text in texts:
        parse(text, build)
    return build.forest()


def recursive(held: Forest, node: int, point: np.ndarray) -> mpmath.mpf | None:
    """By mpmath at 40 digits, one node after another; None where it is undefined."""
    name, leaf = FUNCTIONS[held.func[node]], held.leaf[node]
    if name == "number":
        number = exact(held.numbers[leaf])
        return mpmath.mpf(number.numerator) / number.denominator
    if name in ("symbol", "pi"):
        return mpmath.mpf(point[leaf].real) if name == "symbol" else +mpmath.pi
    children = [recursive(held, child, point) for child in (held.left[node], held.right[node]) if child >= 0]
    own = {"add": lambda a, b: a + b, "mul": lambda a, b: a * b, "ln": mpmath.log, **TOLD}
    if None in children:
        return None
    try:
        found = own[name](*children) if name in own else getattr(mpmath, name)(*children)
    except ZeroDivisionError:
        return None
    return found if mpmath.isfinite(found) else None


def test_values_are_those_of_a_recursion_within_the_bounds(engine: Engine) -> None:
    held = forest(*TEXTS)
    points = sample_points(2, 12)
    there = engine.xp.asarray(points)
    values, worth = to_host(evaluate(held, there)), measure(held, there)
    errors = to_host(worth.error)
    told = 0
    for node in np.flatnonzero(held.func != FUNCTIONS.index("equality")):
        for column in range(12):
            with mpmath.workdps(40):
                expected = recursive(held, node, points[:, column])
                if expected is None:
                    assert np.isnan(values[node, column])
                    continue
                apart = float(abs(mpmath.mpmathify(values[node, column]) - expected))
            assert apart <= errors[node, column]
            told += errors[node, column] < 1e-9 * max(1, abs(values[node, column]))
    assert told > 600
    assert np.array_equal(np.isnan(to_host(worth.value)), np.isnan(values))


def test_black_boxes_are_functions_by_name() -> None:
    build = Builder(("f",))
    root = build.node("add", build.node("f", build.symbol("x")), build.number("1"))
    found = evaluate(build.forest(), np.array([[2.0 + 0j]]), {"f": lambda z: 10 * z})
    assert found[root] == 21
    with pytest.raises(ValueError, match="black box f has no function: pass boxes="):
        evaluate(build.forest(), np.array([[2.0 + 0j]]))


def test_what_has_no_value_is_refused() -> None:
    build = Builder()
    build.node("add", build.node("blank"), build.symbol("x"))
    with pytest.raises(ValueError, match="has a blank: fill it in"):
        evaluate(build.forest(), np.zeros((1, 1), complex))
    with pytest.raises(ValueError, match=r"points of shape \(2, 1\) for 2 symbols|for 1 symbols"):
        evaluate(forest("x = 1"), np.zeros((2, 1), complex))


def test_a_part_of_a_forest_has_the_same_values() -> None:
    held = forest(*TEXTS)
    nodes = below(held, np.array([len(held) - 1]))
    points = sample_points(2, 4, seed=3)
    found = evaluate(part(held, nodes), points)
    np.testing.assert_array_equal(found, evaluate(held, points)[nodes])


def test_points_meet_both_signs_and_all_sizes() -> None:
    points = sample_points(3, 12, seed=5).real
    assert ((points > 0).sum(axis=1) == 6)[[0, 2]].all()
    sizes = np.sort(abs(points[0]))
    assert sizes[1] < 0.5
    assert (np.diff(np.searchsorted([0.5, 1, 1.55, 2.5, 5], sizes)) <= 1).all()
    assert np.array_equal(points[:2], sample_points(2, 12, seed=5).real)
    assert not np.array_equal(points, sample_points(3, 12, seed=6).real)
