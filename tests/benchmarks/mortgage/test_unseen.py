"""What is measured of files that lack a seller and a state: the saved codes lose nothing, others do."""

from pathlib import Path

import pytest

from benchmarks.mortgage import unseen


def test_saved_codes_give_the_whole_files_areas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unseen, "SHARE", 0.06)
    found = unseen.main(unseen.Config(rows=30_000))
    assert len(found) > 3
    assert all(row["right"] == row["whole"] and row["difference"] == 0 for row in found)
    assert any(row["anew"] != row["right"] for row in found)


def test_real_loans_are_scored_alike_too(real_mortgage: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unseen, "SHARE", 0.06)
    found = unseen.main(unseen.Config(data=real_mortgage / "2017Q1.csv.gz"))
    assert found
    assert all(row["right"] == row["whole"] and row["difference"] == 0 for row in found)
