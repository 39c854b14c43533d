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
    monkeypatch.setattr("etl.crowd.read.BATCH", 250)
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
    assert [entry.rows for entry in of_kind(entries, Rejected)] == [2], "counted once, though read twice"


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="does not exist"):
        pieces(tmp_path / "none.csv", CPU, tmp_path)
    with pytest.raises(ValueError, match="no column worker; it has task, label"):
        pieces(write(VOTES.drop(columns="worker"), tmp_path / "a.csv"), CPU, tmp_path)
    with pytest.raises(ValueError, match="hold no votes"):
        pieces(write(VOTES[:0], tmp_path / "b.parquet"), CPU, tmp_path)
    (tmp_path / "c.parquet").write_bytes(b"PAR1 nothing PAR1")
    with pytest.raises(ValueError, match="cannot be read as parquet"):
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
