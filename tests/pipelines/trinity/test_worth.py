"""Blocks of features that say nothing, and are many, are left out; those that tell the class are kept."""

import numpy as np
import pytest

from etl.crowd import simulate
from etl.crowd.votes import encode
from models.crowd.majority import MajorityVote
from pipelines.trinity import worth
from pipelines.trinity.features import Features
from pipelines.trinity.train import Training


class Told:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)


def training(noise: int, seed: int = 0) -> Training:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, 200)
    votes = encode(simulate.votes(truth, simulate.confusions(12, 2, hammers=1.0, seed=seed), 3, seed=seed))
    columns = [truth[:, None] * 2 - 1 + rng.normal(size=(200, 1)), rng.normal(size=(200, noise))]
    names = ["age", *(f"topic_{place}" for place in range(noise))]
    P = MajorityVote().fit(votes).predict_proba().values
    return Training(Features(np.hstack(columns).astype("f4"), names), np.arange(200), votes, P)


def test_a_block_of_noise_loses_and_is_left_out() -> None:
    run = Told()
    kept, found = worth.worthwhile(run, training(150), 0)
    assert kept == [0]
    assert found["topics"].loses
    assert not found["columns"].loses
    assert found["columns"].low > 0
    assert any("topics are left out, as they lose" in line for line in run.lines)


@pytest.mark.parametrize("seed", range(3))
def test_a_block_that_tells_something_more_is_kept(seed: int) -> None:
    given = training(1, seed)
    given.features.dense[:, 1] += 2 * given.P[:, 1] - 1
    kept, found = worth.worthwhile(Told(), given, seed)
    assert kept == [0, 1]
    assert found["topics"].low > 0


def test_one_block_is_not_compared() -> None:
    only = training(1)
    alone = Training(Features(only.features.dense[:, :1], ["age"]), only.rows, only.votes, only.P)
    assert worth.worthwhile(Told(), alone, 0) == ([0], {})
