"""The benchmark of sequences runs, keeps what is finished and goes on from it."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.sequences.kept import Kept, Made, Unfinished, kept

torch = pytest.importorskip("torch")


def test_what_is_finished_is_not_made_again(tmp_path: Path) -> None:
    made = []

    def make() -> Made:
        made.append(1)
        return Made(np.ones((1, 2, 3)), np.zeros((2, 2, 3)), {"cpu_s": 1.5})

    for steps in (10, 10, 20):
        found = kept(Kept(tmp_path), "set-method-0", {"steps": steps}, make)
    assert len(made) == 2
    assert found.told == {"cpu_s": 1.5}
    np.testing.assert_array_equal(found.valid, np.ones((1, 2, 3)))
    with pytest.raises(Unfinished, match="set-method-0"):
        kept(Kept(tmp_path, ready=True), "set-method-0", {"steps": 30}, make)


def test_a_forecast_that_is_not_finite_is_not_kept(tmp_path: Path) -> None:
    bad = Made(np.full((1, 2, 3), np.nan), np.zeros((2, 2, 3)), {})
    with pytest.raises(ValueError, match="m: 6 forecasts are not finite"):
        kept(Kept(tmp_path), "m", {}, lambda: bad)
    assert not list(tmp_path.iterdir())


def test_recurrences_are_of_equal_sizes() -> None:
    from benchmarks.sequences.networks import sizes

    for features in (0, 6):
        counts = [each.parameters(features, 1) for each in sizes(10_000, features).values()]
        assert max(abs(count - counts[0]) for count in counts) <= 0.02 * counts[0]


def test_the_map_is_forecast_by_all_and_a_second_run_makes_nothing(tmp_path: Path) -> None:
    from benchmarks.sequences import figure, run, table

    methods = ("nlinear", "lstm", "tt_lstm_2", "auto")
    out = tmp_path / "out.json"
    told = {"sets": ("genz",), "methods": methods, "effort": 0.02, "rates": (0.01,), "seeds": 2}
    config = run.Config(tmp_path, **told, kept=tmp_path / "kept", out=out)
    first = run.main(config)
    names = sorted(tmp_path.joinpath("kept").iterdir())
    times = [path.stat().st_mtime_ns for path in names]
    again = run.main(config)
    facts = json.loads(out.read_text())

    assert first == again
    assert times == [path.stat().st_mtime_ns for path in names]
    rows = {row["method"]: row for row in facts["results"]}
    assert rows["lstm"]["seeds"] == 2
    assert len(rows["nlinear"]["horizon"]) == 50
    assert rows["auto"]["rmse"] == pytest.approx(rows["nlinear"]["rmse"])
    assert [row["method"] for row in facts["verdicts"]] == ["tt_lstm_2"]
    text = "\n".join(each(facts) for each in (table.errors, table.skills, table.verdict, table.spread))
    assert "| NLinear |" in text
    assert len(figure.draw(facts).axes) == 1
