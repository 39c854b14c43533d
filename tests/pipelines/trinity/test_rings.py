"""Workers who copy each other count as one, and are told."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from etl.crowd import simulate
from etl.crowd.votes import encode
from etl.engine import Engine, choose
from etl.handoff import from_arrow, to_host
from models.crowd.annotator_graph import AnnotatorGraph
from models.crowd.pooled import PooledDawidSkene
from pipelines.trinity import demo
from tests.pipelines.trinity import flow

ITEMS, VOTED, RING = 1_820, 1_800, [2, 5, 8, 11, 14]


def voted(seed: int) -> tuple[np.ndarray, pd.DataFrame]:
    """Classes of items, and votes on most of them; five workers copy the first, and all get one hundred."""
    y = np.random.default_rng(seed).integers(0, 4, ITEMS)
    confusion = simulate.confusions(40, 4, hammers=0.5, by_class=True, seed=seed)
    table = simulate.votes(y[:VOTED], confusion, 3, seed)
    met = simulate.votes(y[:100], confusion[RING], 5, seed + 1)
    met["worker"] = np.array(RING)[met["worker"]]
    table = pd.concat([table, met]).drop_duplicates(["task", "worker"])
    return y, simulate.with_ring(table, RING, source=2, copied=0.9, seed=seed)


def test_the_ring_of_the_demonstration_is_found_and_counts_once(engine: Engine) -> None:
    table = demo.demonstration(choose("cpu"), 0).votes
    votes = encode(from_arrow(pa.Table.from_pandas(table, preserve_index=False), engine))
    graph = AnnotatorGraph().fit(votes)
    assert graph.rings_ == [demo.RING]
    once = graph.counted_once(replace(votes, gold=votes.starts[1:] % 4))
    heads = table.worker.where(~table.worker.isin(demo.RING), demo.RING[0])
    expected = table.assign(worker=heads)[["task", "worker"]].drop_duplicates().groupby("task").size()
    assert to_host(once.starts).tolist() == [0, *expected.cumsum()]
    assert to_host(once.gold).tolist() == (to_host(votes.starts)[1:] % 4).tolist()


def test_labels_are_better_where_a_ring_counts_once() -> None:
    gains, found = [], 0
    for seed in range(6):
        y, table = voted(seed)
        votes = encode(table)
        graph = AnnotatorGraph().fit(votes)
        found += graph.rings_ == [RING]
        right = [
            PooledDawidSkene().fit(own).predict().to_numpy() == y[:VOTED]
            for own in (votes, graph.counted_once(votes))
        ]
        gains.append(right[1].mean() - right[0].mean())
    assert found >= 5
    assert np.mean(gains) > 0.01, gains


def test_the_flow_counts_a_ring_once_and_keeps_all_votes(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    y, table = voted(0)
    table.to_csv(tmp_path / "votes.csv", index=False)
    np.save(tmp_path / "items.npy", np.eye(4)[y] + np.random.default_rng(1).normal(0, 1, (ITEMS, 4)))
    given = {"data": tmp_path / "items.npy", "votes": tmp_path / "votes.csv", "learners": ("logistic",)}
    out = flow.run(tmp_path / "out", **given)
    told, said = flow.metrics(out), capfd.readouterr().out
    once = len(table) - len(table[table.worker.isin(RING)]) + table[table.worker.isin(RING)].task.nunique()
    assert "ring: 2, 5, 8, 11, 14 copy each other, so that they count as one worker" in said
    assert f"votes: {once:,} of {len(table):,} count" in said
    assert (told["votes"], told["workers"], told["rings"]) == (len(table), 40, [["2", "5", "8", "11", "14"]])
    labels = flow.labels(out).set_index("task")
    assert labels["votes"].sum() == len(table)
    assert len(pd.read_parquet(out / "model" / "votes.parquet")) == len(table)
    assert {row["worker"]: row["votes"] for row in told["workers_in_doubt"]}["5"] == (table.worker == 5).sum()
