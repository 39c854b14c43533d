"""What is known of tasks is read by task, from each kind of file, or refused by cause."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from etl.crowd import items
from etl.engine import choose
from etl.records import Choice, Rejected, collect, of_kind

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
    with pytest.raises(ValueError, match="its u is no number"):
        items.features(tmp_path / "x.csv", CPU)
    pd.DataFrame({"task": [1, 1], "label": [0, 1]}).to_csv(tmp_path / "g.csv", index=False)
    with pytest.raises(ValueError, match=r"one label, and task 1 has 0 \(.*, line 2\) and 1 \(.*, line 3\)"):
        items.truth(tmp_path / "g.csv", CPU)
    with pytest.raises(ValueError, match="no column text"):
        items.text(tmp_path / "g.csv", CPU)


@pytest.mark.parametrize("name", ["features", "text"])
def test_a_task_has_one_row_of_features_or_text(name: str, tmp_path: Path) -> None:
    """One that stands twice was a failure of the frames, when votes were matched with it."""
    read, head, path = getattr(items, name), {"features": "u", "text": "text"}[name], tmp_path / "x.csv"
    path.write_text(f"task,{head}\nb,1\na,2\nb,1\n")
    with collect() as entries:
        rows, tasks = read(path, CPU)
    assert tasks.tolist() == ["b", "a"]
    assert np.asarray(rows).astype(float).ravel().tolist() == [1, 2]
    assert "1 rows say again" in of_kind(entries, Choice)[-1].reason
    path.write_text(f"task,{head}\nb,1\na,2\nb,3\n")
    with pytest.raises(ValueError, match=r"x.csv: every task needs one .*, and task 'b' has .*keep one"):
        read(path, CPU)


def test_blank_labels_are_set_aside_and_repeated_ones_count_once(tmp_path: Path) -> None:
    (tmp_path / "g.csv").write_text("task,label\n1,a\n2,\n3,  \n4,b\n4,b\n5,b\n")
    with collect() as entries:
        assert items.truth(tmp_path / "g.csv", CPU).to_dict() == {1: "a", 4: "b", 5: "b"}
    assert [entry.line for entry in of_kind(entries, Rejected)] == [3, 4]
    assert "1 rows say again" in of_kind(entries, Choice)[0].reason


@pytest.mark.parametrize(
    ("written", "votes", "expected"),
    [
        (["1", "2"], pd.Index(["1", "2"]), ["1", "2"]),
        (["1", "02", "x"], pd.Index([1, 2]), [1]),
        (["01", "1"], pd.Index(["01"]), ["01", "1"]),
    ],
)
def test_known_labels_come_in_the_type_of_the_votes(
    written: list[str], votes: pd.Index, expected: list[object], tmp_path: Path
) -> None:
    (tmp_path / "g.csv").write_text("task,label\n" + "".join(f"{task},a\n" for task in written))
    assert items.truth(tmp_path / "g.csv", CPU, (votes, pd.Index(["a"]))).index.tolist() == expected


def test_no_id_of_the_votes_type_is_an_error_with_one_of_each_side(tmp_path: Path) -> None:
    (tmp_path / "g.csv").write_text("task,label\n1,yes\n2,no\n")
    with pytest.raises(ValueError, match=r"none of its 2 labels, such as 'yes', .* such as 0;"):
        items.truth(tmp_path / "g.csv", CPU, (pd.Index([1, 2]), pd.Index([0, 1])))


def test_a_line_ends_at_a_line_feed_only(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_bytes("a\u2028b\r\nc\x0cd\x85e\n\nf".encode())
    with collect() as entries:
        words, tasks = items.text(tmp_path / "t.txt", CPU)
    assert words.tolist() == ["a\u2028b", "c\x0cd\x85e", "f"]
    assert tasks.tolist() == [0, 1, 3]
    assert [entry.line for entry in of_kind(entries, Rejected)] == [3]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x93NUMPY\x01\x00v\x00"])
def test_a_damaged_matrix_is_one_line_with_its_name(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.npy").write_bytes(content)
    with pytest.raises(ValueError, match=r"^[^\n]*x\.npy is damaged[^\n]*$"):
        items.features(tmp_path / "x.npy", CPU)


@pytest.mark.parametrize("form", ["one", "blank", "folder", "parquet"])
def test_a_contradiction_is_named_with_both_of_its_lines(tmp_path: Path, form: str) -> None:
    rows = [("a", "x"), ("b", "y"), ("a", "x"), ("b", "z"), ("c", "z")]
    text = [f"{task},{label}\n" for task, label in rows]
    path, lines = tmp_path / "g.csv", ("line 3", "line 5")
    if form == "folder":
        path, lines = tmp_path / "g", ("1.csv, line 3", "2.csv, line 3")
        path.mkdir()
        (path / "1.csv").write_text("task,label\n" + "".join(text[:2]))
        (path / "2.csv").write_text("task,label\n" + "".join(text[2:]))
    elif form == "parquet":
        path, lines = tmp_path / "g.parquet", ("row 2", "row 4")
        pd.DataFrame(rows, columns=["task", "label"]).to_parquet(path)
    else:
        first = "task,label\n" + (",x\n" if form == "blank" else "")
        path.write_text(first + "".join(text))
        lines = ("line 4", "line 6") if form == "blank" else lines
    with pytest.raises(ValueError, match=rf"task 'b' has 'y' \(.*{lines[0]}\) and 'z' \(.*{lines[1]}\)"):
        items.truth(path, CPU)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_known_labels_with_a_point_are_the_whole_numbers_that_were_voted_for(
    ending: str, tmp_path: Path
) -> None:
    known, place = pd.DataFrame({"task": [1, 2, 3], "label": [0.0, 1.0, 0.5]}), tmp_path / f"gold.{ending}"
    known.to_csv(place, index=False) if ending == "csv" else known.to_parquet(place, index=False)
    found = items.truth(place, choose("cpu"), (pd.Index([1, 2, 3]), pd.Index([0, 1])))
    assert found.to_dict() == {1: 0, 2: 1}
