"""Values of expressions, by regressions inside each other."""

import numpy as np
import pytest

from benchmarks.programs import evaluations
from benchmarks.programs.run import Config
from etl.equations.evaluations import function_values


@pytest.mark.parametrize("kind", evaluations.KINDS)
def test_expressions_are_within_what_was_drawn(kind: str) -> None:
    asked, values = evaluations.expressions(kind, 20)
    assert len(asked) == 20
    assert set(asked.forest.height[asked.roots].tolist()) == {evaluations._height(kind)}
    assert (abs(values) <= 10).all()


def test_regressions_meet_values_between_many_points() -> None:
    known = evaluations.lines(function_values(400, decimals=6))
    asked, values = evaluations.expressions("nested 2", 100)
    found = evaluations.composed(known, asked)
    assert np.median(abs(found - values)) < 1e-2


def test_gains_are_of_the_same_number_of_values() -> None:
    errors = {"values alone, 10": 2.0, "values alone, 50": 1.0, "joint, 10": 1.0, "joint, 50": 0.25}
    kinds = [kind.replace(" ", "_") for kind in evaluations.KINDS]
    rows = [{"variant": name, "seed": 0} | dict.fromkeys(kinds, error) for name, error in errors.items()]
    assert evaluations.gain(rows, "joint, 10")["sum"] == 0.5
    assert evaluations.gain(rows, "joint, 50")["sum"] == 0.75


def test_a_regression_is_judged() -> None:
    row = evaluations.one(Config(evaluations=True), ("regression, 50", 0))
    assert row["sum"] < row["function"] < 1.0
