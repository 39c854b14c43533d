"""The benchmark of the queue asks the same of all, and tells when they differ."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import harness
from benchmarks.partial import run
from benchmarks.partial.peers import heap as partial_heap
from benchmarks.partial.peers import ours as partial_ours
from benchmarks.partial.peers import pool
from etl.engine import choose
from models.partial.questions import from_matrix

ABSENT = Path("no hierarchy is here")


@pytest.mark.parametrize("variant", pool.VARIANTS)
def test_a_pool_is_that_of_a_model(tmp_path: Path, variant: str) -> None:
    path = pool.make(tmp_path, ABSENT, 2000, variant, 1)
    P, Y, truth, Q, costs = pool.load(str(path))

    assert P.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert (P.argmax(axis=1) == truth).mean() == pytest.approx(
        {"sharp": 0.6, "flat": 0.05}[variant], abs=0.03
    )
    assert Y.all()
    assert len(costs) == len(Q)
    assert pool.make(tmp_path, ABSENT, 2000, variant, 1) == path


def test_the_made_tree_is_as_large_as_wordnets(real_hierarchy: Path) -> None:
    for folder in (ABSENT, real_hierarchy):
        asked = from_matrix(pool.matrix(folder, 0), choose("cpu"))
        assert asked.matrix.shape == (304, 200)


@pytest.mark.parametrize("score", ["eig", "edc", "erc"])
@pytest.mark.parametrize("budget", [None, 150])
def test_both_ask_the_same(tmp_path: Path, score: str, budget: int | None) -> None:
    data = pool.load(str(pool.make(tmp_path, ABSENT, 200, "sharp", 2)))
    heap = partial_heap.run(data, 1, score, budget)

    assert partial_ours.run(data, 2, score, budget).tolist() == [list(pair) for pair in heap]
    assert budget in (None, len(heap))


def test_a_digest_tells_orders_apart() -> None:
    pairs = np.random.default_rng(0).integers(0, 300, (50, 2))
    found = pool.digest(pairs)

    assert pool.digest(pairs.tolist()) == found
    for change in (pairs[::-1], pairs[:, ::-1], pairs[:-1], pairs[[1, 0, *range(2, 50)]]):
        with pytest.raises(ValueError, match="heap and ours disagree about (asked|sum|squares)"):
            harness.agree({"heap": found, "ours": pool.digest(change)}, 0)


def test_a_run_writes_rows_and_ratios(tmp_path: Path) -> None:
    out = tmp_path / "partial.json"
    config = run.Config(
        (40,), ("flat",), ("edc",), 30, threads=2, repeat=1, hierarchy=ABSENT, data=tmp_path, out=out
    )

    ratios = run.main(config)

    facts = json.loads(out.read_text())
    assert [(row["system"], row["threads"], row["budget"], row["asked"]) for row in facts["results"][:3]] == [
        ("partial.heap", 1, 30, 30), ("partial.ours", 1, 30, 30), ("partial.ours", 2, 30, 30),
    ]  # fmt: skip
    assert facts["ratios"] == ratios
    heap, ours = facts["results"][3:5]
    assert ours["asked"] > 200
    assert ratios[2]["cpu"] == pytest.approx(heap["cpu_s"] / ours["cpu_s"], rel=0.01)
