"""Pieces equal the whole, wherever they are worked on; nothing recorded on the way is lost."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from operator import add
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from etl.engine import choose
from etl.executors import Dask, Threads, active
from etl.pieces import Pieces
from etl.records import Record, Seconds, collect, of_kind, record


@dataclass(frozen=True, kw_only=True)
class Made(Record):
    seed: int


def make(seed: int) -> pd.DataFrame:
    record(Made(seed=seed))
    values = np.random.default_rng(seed).normal(size=50).astype("float32")
    return pd.DataFrame({"x": values, "w": pd.Categorical(["a", "b"] * 25)})


def double(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(x=frame["x"] * 2)


def total(frame: pd.DataFrame) -> float:
    return float(frame["x"].sum())


def halves(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    return frame[frame["x"] > 0], frame[~(frame["x"] > 0)]


@pytest.fixture(scope="module", params=["one", "threads", "cluster"])
def executor(request: pytest.FixtureRequest) -> Iterator:
    if request.param != "cluster":
        yield Threads(1 if request.param == "one" else 3)
        return
    with active(choose("cpu"), 2, "local") as opened:
        assert isinstance(opened, Dask)
        yield opened


@pytest.mark.parametrize("spooled", [False, True])
def test_pieces_equal_the_whole(executor, spooled: bool, tmp_path: Path) -> None:
    expected = pd.concat([double(make(seed)) for seed in range(7)], ignore_index=True)
    pieces = Pieces(list(range(7)), executor=executor).map("make", make).map("double", double)
    with collect() as entries:
        kept = pieces.persist(tmp_path if spooled else None)
        frames = list(kept)
        assert kept.reduce(total, add) == pytest.approx(total(expected), rel=1e-5)
    pd.testing.assert_frame_equal(pd.concat(frames, ignore_index=True), expected)
    assert [entry.seed for entry in of_kind(entries, Made)] == list(range(7))
    assert {entry.stage for entry in of_kind(entries, Seconds)} >= {"make", "double"}


@pytest.mark.parametrize("spooled", [False, True])
def test_a_step_may_part_each_piece(executor, spooled: bool, tmp_path: Path) -> None:
    folder = tmp_path if spooled else None
    made = Pieces(list(range(5)), executor=executor).map("make", make).persist(folder)
    up, down = made.map("halves", halves).persist(folder, parts=2)
    for part, side in ((up, 0), (down, 1)):
        expected = pd.concat([halves(make(seed))[side] for seed in range(5)], ignore_index=True)
        pd.testing.assert_frame_equal(pd.concat(list(part), ignore_index=True), expected)
    if spooled:
        assert len(list(tmp_path.iterdir())) == 10, "the frames before the parting are gone from the disk"


def fail(seed: int) -> pd.DataFrame:
    if seed == 3:
        raise ValueError("piece 3 is broken")
    return make(seed)


def test_an_error_in_a_piece_reaches_the_caller_as_it_is(executor) -> None:
    with pytest.raises(ValueError, match="piece 3 is broken"):
        Pieces(list(range(6)), executor=executor).map("fail", fail).persist()


def test_threads_hold_few_pieces_at_a_time() -> None:
    alive: list[int] = []
    most = 0

    def enter(seed: int) -> int:
        alive.append(seed)
        return seed

    for seed in Pieces(list(range(50)), executor=Threads(2)).map("enter", enter):
        most = max(most, len(alive))
        alive.remove(seed)
    assert most <= 4


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "somewhere"])
def test_a_scheduler_that_is_not_there_is_named(address: str) -> None:
    error = ConnectionError if "://" in address else ValueError
    with pytest.raises(error, match=address), active(choose("cpu"), 1, address):
        pass


def test_an_outside_scheduler_is_used(tmp_path: Path) -> None:
    from distributed import LocalCluster

    with (
        LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=":0") as cluster,
        active(choose("cpu"), 0, cluster.scheduler_address) as executor,
    ):
        assert executor.workers == 1
        found = Pieces([1, 2], executor=executor).map("add", partial(add, 10)).reduce(int, add)
    assert found == 23
