"""Rows of trainings are kept, and their differences are of pairs."""

import pytest

from benchmarks.programs import trainings
from benchmarks.programs.run import Config

MADE: list[trainings.Job] = []


def _make(config, job):
    MADE.append(job)
    return {"accuracy": 0.1 * job[1] + (0.05 if job[0] == "other" else 0.0), "cpu_s": 1.0}


def test_rows_are_made_once_and_compared_in_pairs(tmp_path) -> None:
    MADE.clear()
    config = Config(scratch=tmp_path, seeds=3)
    rows = list(trainings.trained(config, ["one", "other"], _make))
    assert list(trainings.trained(config, ["one", "other"], _make)) == rows
    assert len(MADE) == 6
    one, other = trainings.summary(rows, ["accuracy"], beside="one")
    assert one["accuracy"]["mean"] == pytest.approx(0.1)
    assert other["accuracy"]["difference"] == pytest.approx(0.05)
    assert other["accuracy"]["difference_half"] == pytest.approx(0, abs=1e-9), "the same at each seed"
    assert other["accuracy"]["half"] > 0.1


def test_unknown_variants_are_refused() -> None:
    with pytest.raises(ValueError, match="variant 'third' is unknown"):
        list(trainings.trained(Config(variants=("third",)), ["one"], _make))
