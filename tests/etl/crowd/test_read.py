"""Votes from files are the votes that were written, whatever the format, order and size of the pieces."""

import errno
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from etl import executors
from etl.crowd.read import from_wide, pieces
from etl.engine import choose
from etl.records import Rejected, collect, of_kind
from etl.tables.form import Told
from models.crowd.dawid_skene import DawidSkene
from models.crowd.glad import GLAD
from models.crowd.majority import MajorityVote
from tests.support.crowd import simulate

VOTES, _, _ = simulate(tasks=400, workers=15, votes=4, seed=11)
CPU = choose("cpu")


def write(frame: pd.DataFrame, path: Path) -> Path:
    frame.to_parquet(path) if path.suffix == ".parquet" else frame.to_csv(path, index=False)
    return path


@pytest.mark.parametrize("name", ["v.csv", "v.csv.gz", "v.parquet"])
@pytest.mark.parametrize("size", [1 << 23, 300])
@pytest.mark.parametrize("ordered", [True, False])
def test_a_file_is_fitted_as_its_table_is(
    name: str, size: int, ordered: bool, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr("etl.tables.typed.BATCH", 250)
    monkeypatch.setattr("etl.tables.decode.BLOCK", 2500)
    monkeypatch.setattr("etl.crowd.held.IN_MEMORY", 600)
    frame = VOTES.sort_values("task", kind="stable") if ordered else VOTES
    parts = pieces(write(frame, tmp_path / name), CPU, tmp_path, size=size)
    assert len(parts) == 1 or size == 300
    assert sum(len(part.tasks) for part in parts) == 400
    found = DawidSkene(n_iter=20).fit(parts).predict_proba().sort_index()
    pd.testing.assert_frame_equal(found, DawidSkene(n_iter=20).fit_predict_proba(VOTES), rtol=1e-7)
    assert not list(tmp_path.glob("*.arrow"))


def test_a_directory_text_ids_and_other_names_are_read(tmp_path: Path) -> None:
    frame = VOTES.assign(task="t" + VOTES.task.astype(str), worker="w" + VOTES.worker.astype(str), extra=1)
    named = frame.rename(columns={"task": "item", "label": "answer"})
    (tmp_path / "votes").mkdir()
    write(named.iloc[:700], tmp_path / "votes" / "a.csv")
    write(named.iloc[700:], tmp_path / "votes" / "b.csv")
    parts = pieces(tmp_path / "votes", CPU, tmp_path, ("item", "worker", "answer"), size=500)
    assert len(parts) > 1
    found = MajorityVote().fit(parts).predict().sort_index()
    assert found.equals(MajorityVote().fit_predict(frame))


def test_rows_that_miss_a_value_are_set_aside_and_counted(tmp_path: Path) -> None:
    holed = VOTES.astype({"label": "float"})
    holed.loc[[3, 9], "label"] = np.nan
    path = write(holed, tmp_path / "v.parquet")
    with collect() as entries:
        parts = pieces(path, CPU, tmp_path)
    assert sum(map(len, parts)) == len(VOTES) - 2
    assert [entry.line for entry in of_kind(entries, Rejected)] == [4, 10], "rows, from 1"


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="does not exist"):
        pieces(tmp_path / "none.csv", CPU, tmp_path)
    with pytest.raises(ValueError, match="no column worker; it has task, label"):
        pieces(write(VOTES.drop(columns="worker"), tmp_path / "a.csv"), CPU, tmp_path)
    with pytest.raises(ValueError, match="hold no votes"):
        pieces(write(VOTES[:0], tmp_path / "b.parquet"), CPU, tmp_path)
    (tmp_path / "c.parquet").write_bytes(b"PAR1 nothing PAR1")
    with pytest.raises(ValueError, match="c.parquet is damaged"):
        pieces(tmp_path / "c.parquet", CPU, tmp_path)


def test_a_full_disk_is_named_and_left_clean(small_disk: Path, tmp_path: Path) -> None:
    n = 400_000
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({name: rng.integers(0, 1000, n) for name in ("task", "worker", "label")})
    path = write(frame, tmp_path / "v.parquet")
    with pytest.raises(OSError, match=f"could not write votes to {small_disk}") as caught:
        pieces(path, CPU, small_disk, size=100_000)
    assert caught.value.errno == errno.ENOSPC
    assert not list(small_disk.iterdir())


@pytest.mark.parametrize("model", [DawidSkene(n_iter=10), GLAD(n_iter=10)], ids=["DawidSkene", "GLAD"])
def test_a_cluster_of_two_workers_gives_what_one_frame_gives(model, tmp_path: Path) -> None:
    path = write(VOTES, tmp_path / "v.parquet")
    with executors.active(CPU, 2, "local") as executor:
        parts = pieces(path, CPU, tmp_path, size=300, executor=executor).persist()
        assert len(parts) > 2
        found = model.fit(parts).predict_proba().sort_index()
    expected = model.fit_predict_proba(VOTES)
    pd.testing.assert_frame_equal(found, expected, rtol=1e-7, atol=1e-9)


def test_a_wide_table_is_the_long_one() -> None:
    wide = VOTES.pivot(index="task", columns="worker", values="label")
    back = from_wide(wide)
    expected = VOTES.sort_values(["task", "worker"], ignore_index=True)
    pd.testing.assert_frame_equal(back.astype("int64"), expected.astype("int64"))


def spelled(*rows: str) -> str:
    return "\n".join(["task,worker,label", *rows]) + "\n"


CODES = (
    "007",
    "07",
    "7",
    "1.10",
    "1.1",
    "99999999999999999999",
    "99999999999999999998",
    "NA",
    "null",
    "True",
)


@pytest.mark.parametrize("column", ["task", "worker", "label"])
@pytest.mark.parametrize("files", [1, 2])
def test_ids_stay_as_they_are_written(column: str, files: int, tmp_path: Path) -> None:
    form = {"task": "{},w,x", "worker": "t,{},x", "label": "t,w,{}"}[column]
    rows = [*(form.format(code) for code in CODES), "5,6,8"]
    (tmp_path / "votes").mkdir()
    for number in range(files):
        (tmp_path / "votes" / f"{number}.csv").write_text(spelled(*rows[number::files]))
    (piece,) = pieces(tmp_path / "votes", CPU, tmp_path)
    found = {"task": piece.tasks, "worker": piece.workers, "label": piece.labels}[column]
    last = {"task": "5", "worker": "6", "label": "8"}[column]
    assert sorted(found) == sorted([*CODES, last])


def test_whole_numbers_become_text_where_a_later_row_is_text(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("etl.tables.decode.BLOCK", 4000)
    monkeypatch.setattr("etl.crowd.held.IN_MEMORY", 500)
    rows = [f"{task},{worker},{task % 2}" for task in range(400) for worker in (10001, 10002, 10003)]
    for order in (1, -1):
        (tmp_path / "v.csv").write_text(spelled(*[*rows, "7,A9,1"][::order]))
        parts = pieces(tmp_path / "v.csv", CPU, tmp_path, size=300)
        assert len(parts) > 1
        assert sum(map(len, parts)) == 1201
        assert next(iter(parts)).workers.tolist() == ["10001", "10002", "10003", "A9"]
        assert not list(tmp_path.glob("*.arrow"))


def test_the_wide_form_of_a_file_is_its_long_one(tmp_path: Path) -> None:
    wide = VOTES.pivot(index="task", columns="worker", values="label").astype("Int64")
    wide.to_csv(tmp_path / "wide.csv")
    (piece,) = pieces(tmp_path / "wide.csv", CPU, tmp_path, told=Told(wide=True))
    (known,) = pieces(write(VOTES.sort_values(["task", "worker"]), tmp_path / "long.csv"), CPU, tmp_path)
    assert piece.labels.tolist() == known.labels.tolist()
    assert piece.tasks.tolist() == known.tasks.tolist()
    by_name = {str(name): code for code, name in enumerate(piece.workers)}
    again = np.array([by_name[str(name)] for name in known.workers])[known.worker]
    assert sorted(zip(known.task, again, known.label, strict=True)) == sorted(
        zip(piece.task, piece.worker, piece.label, strict=True)
    )
