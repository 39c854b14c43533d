"""What is known of tasks is read by task, from each kind of file, or refused by cause."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from etl.crowd import items
from etl.engine import choose

CPU = choose("cpu")


def test_features_come_with_their_tasks(tmp_path: Path) -> None:
    rows = np.arange(6.0).reshape(3, 2)
    np.save(tmp_path / "x.npy", rows)
    X, tasks = items.features(tmp_path / "x.npy", CPU)
    assert X.dtype == "float32"
    assert (rows == X).all()
    assert tasks.tolist() == [0, 1, 2]
    frame = pd.DataFrame({"task": ["b", "a"], "u": [1, 2], "v": [0.5, np.nan]})
    frame.to_csv(tmp_path / "x.csv", index=False)
    X, tasks = items.features(tmp_path / "x.csv", CPU)
    assert tasks.tolist() == ["b", "a"]
    np.testing.assert_array_equal(X, [[1, 0.5], [2, np.nan]])


def test_text_and_truth_come_by_task(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("first\nzweite Zeile é\n", encoding="utf-8")
    words, tasks = items.text(tmp_path / "t.txt", CPU)
    assert words.tolist() == ["first", "zweite Zeile é"]
    assert tasks.tolist() == [0, 1]
    pd.DataFrame({"task": [5, 4], "text": ["x", "y"]}).to_parquet(tmp_path / "t.parquet")
    words, tasks = items.text(tmp_path / "t.parquet", CPU)
    assert dict(zip(tasks, words, strict=True)) == {5: "x", 4: "y"}
    pd.DataFrame({"task": [1, 2], "label": ["a", "b"]}).to_csv(tmp_path / "g.csv", index=False)
    assert items.truth(tmp_path / "g.csv", CPU).to_dict() == {1: "a", 2: "b"}


def test_what_is_not_right_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros(3))
    with pytest.raises(ValueError, match=r"shape \(3,\)"):
        items.features(tmp_path / "x.npy", CPU)
    pd.DataFrame({"task": [1], "u": ["word"]}).to_csv(tmp_path / "x.csv", index=False)
    with pytest.raises(ValueError, match="column u does not hold numbers"):
        items.features(tmp_path / "x.csv", CPU)
    pd.DataFrame({"task": [1, 1], "label": [0, 1]}).to_csv(tmp_path / "g.csv", index=False)
    with pytest.raises(ValueError, match="every task needs one label"):
        items.truth(tmp_path / "g.csv", CPU)
    with pytest.raises(ValueError, match="no column text"):
        items.text(tmp_path / "g.csv", CPU)
