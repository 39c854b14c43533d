"""Values at sample points, and functions that are known by samples only."""

import numpy as np
import pytest
import torch

from etl.engine import Engine, choose
from etl.equations.evaluate import evaluate
from etl.equations.forest import Builder
from etl.equations.sampling import sample_points
from etl.handoff import from_host, to_host
from models.programs.batches import Trees, sides
from models.programs.black_box import black_box, boxes_of, withhold
from models.programs.values import Sampled, apart, features, sampled

RNG = np.random.default_rng(0)


def two_sides(build: Builder) -> tuple[int, int]:
    """sin(x)**2 + cos(y)**2, and y."""
    two, x, y = build.number("2"), build.symbol("x"), build.symbol("y")
    squares = [build.node("pow", build.node(name, at), two) for name, at in (("sin", x), ("cos", y))]
    return build.node("add", *squares), y


def test_values_are_those_of_evaluation_at_points_by_the_names_of_symbols() -> None:
    build = Builder()
    left, y = two_sides(build)
    forest = build.forest()
    found = sampled(Trees(forest, symbols=("y", "x")), np.array([left, y]), 6, 3, {}, choose("cpu")).values
    points = sample_points(2, 6, 3)[::-1]  # x is the second name that is known
    np.testing.assert_array_equal(found[[left, y]], evaluate(forest, points)[[left, y]])


def test_two_symbols_that_share_a_number_differ_in_their_points() -> None:
    build = Builder()
    x, y = build.symbol("x"), build.symbol("y")
    found = sampled(Trees(build.forest(), symbols=("a",)), np.array([x, y]), 4, 0, {}, choose("cpu")).values
    assert (found[x] != found[y]).all()


def test_a_blank_elsewhere_is_no_hindrance() -> None:
    build = Builder()
    left, _ = two_sides(build)
    build.node("add", left, build.node("blank"))
    found = sampled(Trees(build.forest()), np.array([left]), 4, 0, {}, choose("cpu")).values
    assert found[left].isfinite().all()
    assert found[-1].isnan().all()


def known(rows: list[list[complex]], spread: float = 0.0) -> Sampled:
    values = torch.tensor(rows, dtype=torch.complex128)
    return Sampled(values, torch.full(values.shape, spread, dtype=torch.float64))


def test_apart_is_nothing_where_sides_are_equal_and_counts_known_points() -> None:
    left = known([[1.0, 2.0, np.nan], [1.0, 2.0, 3.0], [np.nan] * 3])
    right = known([[1.0, 2.0, 3.0], [1.0, 9.0, 3.0], [np.nan] * 3])
    most, mean, least, blurred, both, one = apart(left, right).T
    np.testing.assert_allclose(most, [0, 1, 0], atol=1e-6)
    np.testing.assert_allclose(mean, [0, 1 / 3, 0], atol=1e-6)
    np.testing.assert_allclose(least, [0, 0, 1], atol=1e-6)
    np.testing.assert_allclose(blurred, 0, atol=1e-6)
    np.testing.assert_allclose(both, [2 / 3, 1, 0], atol=1e-6)
    np.testing.assert_allclose(one, [1 / 3, 0, 0], atol=1e-6)


def test_black_boxes_are_known_between_their_samples_on_both_engines(engine: Engine) -> None:
    build = Builder(("f",))
    root = build.node("add", build.node("f", build.symbol("x")), build.number("1"))
    x = np.linspace(-9, 9, 400)
    boxes = boxes_of({"f": (x, np.cos(x))})
    found = sampled(Trees(build.forest()), np.array([root]), 6, 0, boxes, engine)
    points = sample_points(1, 6, 0)[0].real
    np.testing.assert_allclose(to_host(found.values)[root], np.cos(points) + 1, atol=1e-3)
    assert (to_host(found.spread)[root] < 0.1).all()
    outside = np.array([[9.5, 1j, np.nan, np.inf]])
    assert np.isnan(to_host(boxes["f"](from_host(outside, engine)))).all()


def test_what_black_boxes_explain_is_not_apart() -> None:
    left, right = known([[1.0, 2.0]], spread=1e-3), known([[1.001, 2.0]])
    most, _, _, blurred, _, _ = apart(left, right)[0].tolist()
    assert most == pytest.approx(np.log10(2) / 4, abs=1e-3)
    assert blurred == 1


def test_huge_sides_are_apart() -> None:
    huge = 1.7e308 + 1.7e308j
    np.testing.assert_allclose(apart(known([[huge]]), known([[-huge]]))[0, :3], 1)


def test_features_are_finite() -> None:
    given = torch.tensor([[1e300 + 1e300j, complex("nan"), -1.0]], dtype=torch.complex128)
    found = features(given)
    assert found.shape == (1, 9)
    assert found.isfinite().all()
    np.testing.assert_allclose(found[0, [2, 5]], [-np.log(2), 0], rtol=1e-6)
    assert found[0, 6:].tolist() == [0, 1, 0]


@pytest.mark.parametrize("name", ["sin", "exp", "atan", "tanh"])
def test_a_function_of_rounded_samples_is_known_between_them(name: str) -> None:
    function = {"atan": np.arctan}.get(name) or getattr(np, name)
    x = RNG.uniform(-3.14, 3.14, 90).round(2)
    box = black_box(x, function(x).round(2))
    at = np.linspace(-2.9, 2.9, 50)
    assert box is not None
    assert "spline" in box.reason
    np.testing.assert_allclose(box(at + 0j), function(at), atol=0.03)


def test_about_a_pole_and_outside_of_the_samples_nothing_is_known() -> None:
    x = np.linspace(-3, 3, 60)
    box = black_box(x, np.tan(x))
    assert box is not None
    known = ~np.isnan(box(np.array([0.3, np.pi / 2, -np.pi / 2, 3.5, 0.3 + 1j])))
    assert known.tolist() == [True, False, False, False, False]


def test_too_few_samples_are_none() -> None:
    assert black_box(np.array([1.0, 1.0, 2.0]), np.zeros(3)) is None
    box = boxes_of({"f": (np.zeros(0), np.zeros(0))})["f"]
    assert np.isnan(box(np.array([0.5 + 0j]))).all()


def test_what_is_withheld_is_worked_out_from_samples() -> None:
    build = Builder()
    left, y = two_sides(build)
    equations = withhold(build.equations([build.node("equality", left, y)]), "sin")
    x = np.linspace(-9, 9, 400)
    boxes = boxes_of({"black_sin": (x, np.sin(x))})
    trees = Trees(equations.forest)
    found, spread = sampled(trees, sides(equations), 5, 0, boxes, choose("cpu"))
    whole = sampled(Trees(build.forest()), np.array([left]), 5, 0, {}, choose("cpu")).values
    np.testing.assert_allclose(found[left], whole[left], atol=1e-3)
    assert (spread[left] < 1e-3).all()
    assert (spread[left] > 0).any()
    assert not spread[sides(equations)[1]].any()
    for name in ("sin", "add", "what"):
        with pytest.raises(ValueError, match=f"{name} cannot be withheld"):
            withhold(equations, name)
    with pytest.raises(ValueError, match="black box black_sin is not known"):
        Trees(equations.forest, boxes=())


def test_values_beyond_doubles_are_not_known() -> None:
    build = Builder()
    x, y, one = build.symbol("x"), build.symbol("y"), build.number("1")
    wild = build.node("sin", build.node("pow", x, y))
    found = sampled(Trees(build.forest()), np.array([wild, one]), 48, 0, {}, choose("cpu"))
    assert found.values[wild].isnan().any()
    assert not found.values[wild].isinf().any()
