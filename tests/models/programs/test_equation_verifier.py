"""The estimator: what it learns, keeps, refuses, and goes on from."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from etl.equations.forest import Builder, Equations
from models.programs.batches import sides
from models.programs.black_box import withhold
from models.programs.decimals import decimal_equations, decimal_tree
from models.programs.equation_verifier import EquationVerifier
from models.programs.objectives import evaluations, expressions
from tests.models.programs.random_equations import random_equations


def sums(count: int = 60, seed: int = 0) -> Equations:
    """Sums of functions, of which those that only change their order are true."""
    rng, build = np.random.default_rng(seed), Builder()
    parts = [build.node(name, build.symbol(at)) for name in ("sin", "cos", "exp", "tanh") for at in "xyz"]
    roots, labels = [], []
    for at in range(count):
        one, other, third = rng.choice(parts, 3, replace=False)
        right = build.node("add", other, one if at % 2 else third)
        roots.append(build.node("equality", build.node("add", one, other), right))
        labels.append(at % 2)
    return build.equations(roots, labels)


def samples(name: str, count: int = 40) -> Equations:
    """Values of a function, of negative numbers as products, some with the value on the left."""
    build, rng = Builder(), np.random.default_rng(0)

    def number(value: float) -> int:
        size = build.number(f"{abs(value):.2f}")
        return build.node("mul", build.number("-1"), size) if value < 0 else size

    roots = []
    for at, x in enumerate(rng.uniform(-3, 3, count).round(2)):
        both = build.node(name, number(x)), number(getattr(np, name)(x))
        roots.append(build.node("equality", *both[:: -1 if at % 2 else 1]))
    return build.equations(roots, [1] * count)


def small(network: str = "tree_lstm", **options: object) -> EquationVerifier:
    return EquationVerifier(network, **{"hidden": 8, "epochs": 3, "batch_size": 16, **options})


@pytest.mark.parametrize(
    ("network", "hidden", "rate"),
    [("tree_lstm", 8, 3e-2), ("tree_nn", 8, 3e-2), ("lstm", 24, 2e-2), ("transformer", 24, 1e-2)],
)
def test_each_network_learns_what_it_is_given(network: str, hidden: int, rate: float) -> None:
    equations = sums()
    options = {"hidden": hidden, "epochs": 30, "learning_rate": rate, "validation": 0, "dropout": 0}
    model = small(network, **options).fit(equations)
    assert np.mean(model.predict(equations) == equations.labels) > 0.85
    np.testing.assert_allclose(model.predict_proba(equations).sum(1), 1, rtol=1e-5)


def test_values_at_sample_points_tell_equations_of_other_depths_apart() -> None:
    build = Builder()
    x, y = build.symbol("x"), build.symbol("y")
    deep = x
    for name in ("sin", "cos", "tanh", "atan", "sinh", "cos"):
        deep = build.node(name, deep)
    true = build.node("equality", build.node("add", deep, y), build.node("add", y, deep))
    false = build.node("equality", build.node("add", deep, y), build.node("add", y, x))
    model = small(values=True, epochs=30, validation=0).fit(sums())
    assert model.predict(build.equations([true, false])).tolist() == [1, 0]


def test_a_black_box_is_known_by_the_evaluations_given() -> None:
    equations, told = withhold(sums(), "sin"), withhold(samples("sin", 80), "sin")
    model = small(values=True, epochs=30, validation=0).fit(equations, evaluations=told)
    x, y = model.samples_["black_sin"]
    np.testing.assert_allclose(y, np.sin(x), atol=0.006)
    assert np.mean(model.predict(equations) == equations.labels) > 0.9
    restored = EquationVerifier().restore(model.state())
    np.testing.assert_array_equal(restored.predict_proba(equations), model.predict_proba(equations))
    with pytest.raises(ValueError, match="black box black_cos is not known"):
        model.predict(withhold(equations, "cos"))


def test_values_of_functions_are_learnt_from_evaluations_alone() -> None:
    told = samples("sin")
    model = small(hidden=16, epochs=80, learning_rate=3e-2, evaluations_weight=1, dropout=0)
    found = model.fit(evaluations=told).predict_values(told)
    truth = evaluations(told).values
    assert np.mean((found - truth) ** 2) < 0.2 * truth.var()


def test_what_evaluations_ask_and_tell() -> None:
    build = Builder()
    x = build.node("sin", build.number("0.5"))
    minus = build.node("mul", build.number("-1"), build.number("0.25"))
    roots = [build.node("equality", *each) for each in ((x, minus), (build.number("3"), minus))]
    equations = build.equations(roots)
    found = evaluations(equations)
    assert found.nodes.tolist() == [x, minus]
    assert found.values.tolist() == [-0.25, 3]
    assert expressions(build.equations([x, minus])).tolist() == [x, minus]
    with pytest.raises(ValueError, match="evaluation 0 tells no value"):
        evaluations(build.equations([build.node("equality", x, x)]))


def test_the_same_forest_may_hold_identities_and_evaluations() -> None:
    told = samples("sin")
    apart = replace(told, roots=told.roots[:20], labels=np.arange(20, dtype=np.int8) % 2)
    model = small().fit(apart, evaluations=told)
    assert model.predict_values(told).shape == (40,)


def test_a_training_that_was_cut_off_goes_on(tmp_path: Path) -> None:
    equations, path = sums(300), tmp_path / "state"
    whole = small().fit(equations)

    class Cut(Exception):
        pass

    def stop(*_: object) -> None:
        raise Cut

    with pytest.MonkeyPatch.context() as patch:
        calls = []
        original = EquationVerifier._measured

        def measured(self, *given):
            calls.append(1)
            if len(calls) == 3:
                stop()
            return original(self, *given)

        patch.setattr(EquationVerifier, "_measured", measured)
        with pytest.raises(Cut):
            small().fit(equations, checkpoint=path)
    again = small().fit(equations, checkpoint=path)
    np.testing.assert_array_equal(again.predict_proba(equations), whole.predict_proba(equations))
    assert again.history_ == whole.history_
    with pytest.raises(ValueError, match="checkpoint of another training"):
        small(hidden=4).fit(equations, checkpoint=path)


def test_calibration_is_of_the_validation_part() -> None:
    model = small().fit(sums(300))
    assert model.calibration_["equations"] == 30
    assert {"accuracy", "error", "without"} < set(model.calibration_)
    assert [entry["step"] for entry in model.history_] == [17, 34, 51]


def test_symbols_that_were_not_learnt_take_the_place_of_others() -> None:
    equations = sums()
    model = small().fit(equations)
    renamed = replace(equations, forest=replace(equations.forest, symbols=("u", "v", "w")))
    np.testing.assert_array_equal(model.predict_proba(renamed), model.predict_proba(equations))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"network": "gru"}, "network is 'gru'; there are tree_lstm"),
        ({"network": "lstm", "values": True}, "values are of nodes of trees"),
        ({"network": "transformer", "hidden": 7}, "heads"),
        ({"hidden": 0}, "hidden is 0"),
        ({"dropout": 1.0}, "dropout is 1.0"),
        ({"evaluations_weight": float("nan")}, "evaluations_weight is nan"),
    ],
)
def test_parameters_that_do_not_fit_are_named(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        small(**options).fit(sums(4))


def test_equations_that_do_not_fit_are_named() -> None:
    equations = random_equations(4)
    with pytest.raises(ValueError, match="give equations, evaluations, or both"):
        small().fit()
    with pytest.raises(ValueError, match="no equation has a label"):
        small().fit(equations, np.full(4, -1))
    with pytest.raises(ValueError, match=r"labels are \(3,\), for 4 equations"):
        small().fit(equations, np.ones(3))
    with pytest.raises(ValueError, match="label 1 is 2"):
        small().fit(equations, np.array([1, 2, 0, 0]))


@pytest.mark.parametrize("text", ["2.5", "-0.05", "10", "0", "+3.14"])
def test_digits_come_to_their_number(text: str) -> None:
    from etl.equations.evaluate import evaluate

    build = Builder()
    node = decimal_tree(text, build)
    found = evaluate(build.forest(), np.zeros((0, 1), complex))[node]
    np.testing.assert_allclose(found, float(text), rtol=1e-12)


@pytest.mark.parametrize("text", ["1/2", "", "1e5", "--1", "٣", "1.2.3"])
def test_what_has_no_digits_alone_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no decimal number"):
        decimal_tree(text, Builder())


def test_decimal_equations_are_evaluations() -> None:
    found = decimal_equations(["2.5", "-3", "1/3"])
    assert evaluations(found).values.tolist() == [2.5, -3]
    assert sides(found).shape == (2, 2)
