"""New votes are drawn from all of them, and a continued run is held against the spread of fresh ones."""

from pathlib import Path

import pandas as pd
import pytest

from benchmarks.trinity.continued import parted, summary
from benchmarks.trinity.data import Set


def test_votes_are_earlier_or_new_and_the_items_the_same(tmp_path: Path) -> None:
    given = Set("some", 4, tmp_path / "some-4")
    given.seen.mkdir(parents=True)
    votes = pd.DataFrame({"task": range(200), "worker": 1, "label": "a"})
    votes.to_csv(given.seen / "votes.csv", index=False)
    (given.seen / "items.parquet").write_bytes(b"items")
    seen, new = parted(given, 0.05, tmp_path / "parts")
    assert (seen / "items.parquet").read_bytes() == b"items"
    old, late = pd.read_csv(seen / "votes.csv"), pd.read_csv(new)
    assert len(late) == 10
    pd.testing.assert_frame_equal(pd.concat([old, late]).sort_values("task", ignore_index=True), votes)


def test_a_difference_is_held_against_the_spread_of_seeds() -> None:
    def run(labels: float, model: float, seconds: float) -> dict[str, float]:
        return {"labels": labels, "model": model, "cpu_s": seconds}

    fresh = [run(0.8, 0.70, 10), run(0.9, 0.71, 20)]
    again = [run(0.85, 0.60, 2), run(0.85, 0.61, 6)]
    found = summary("some", [{"fresh": a, "continued": b} for a, b in zip(fresh, again, strict=True)])
    assert found["labels"]["spread"] == pytest.approx(0.1 / 2**0.5)
    assert (found["labels"]["within"], found["model"]["within"]) == (True, False)
    assert (found["ratio"], found["ratio_most"]) == (0.25, 0.3)
