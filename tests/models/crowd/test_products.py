"""Posteriors and likelihoods against exact products of probabilities, however small these become."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import partial
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from etl.crowd.votes import encode
from models.crowd import products
from models.crowd.dawid_skene import ConfusionModel, DawidSkene, logs, posterior
from models.crowd.glad import GLAD
from models.crowd.mace import MACE
from models.crowd.one_coin import OneCoin
from models.crowd.pooled import PooledDawidSkene
from tests.support.crowd import simulate

FEW, _, _ = simulate(tasks=40, workers=8, votes=4, seed=11)
LEAST_FLOAT = 5e-324


def crowded(workers: int = 1200, tasks: int = 3, seed: int = 0) -> pd.DataFrame:
    """A vote of every worker on each of a few tasks, right in half of the cases."""
    rng = np.random.default_rng(seed)
    right = rng.random((workers, tasks)) < 0.5
    label = np.where(right, np.arange(tasks), rng.integers(0, tasks, (workers, tasks)))
    worker, task = np.indices((workers, tasks))
    return pd.DataFrame({"task": task.ravel(), "worker": worker.ravel(), "label": label.ravel()})


def rows(votes: pd.DataFrame) -> Iterable[tuple[int, int, int]]:
    return votes[["task", "worker", "label"]].itertuples(index=False, name=None)


def weights(votes: pd.DataFrame, chance: Callable, priors: Iterable[float]) -> dict:
    """By task, the prior of each label times the probabilities of its votes, as decimals of 28 digits.

    ``chance(task, worker, label)`` returns the probability of a vote under each true label.
    """
    found = {task: [Decimal(float(p)) for p in priors] for task in sorted(set(votes.task))}
    for task, worker, label in rows(votes):
        for k, p in enumerate(chance(task, worker, label)):
            found[task][k] *= Decimal(float(p))
    return found


def log_likelihood(found: dict) -> float:
    return math.fsum(float(sum(weight).ln()) for weight in found.values())


def normalised(found: dict) -> dict:
    return {task: [float(w / sum(weight)) for w in weight] for task, weight in found.items()}


@pytest.mark.parametrize("workers", [3, 40, 1200])
def test_posteriors_are_exact_products_of_any_number_of_votes(workers: int) -> None:
    votes = crowded(workers, seed=3)
    rng = np.random.default_rng(workers)
    confusion = rng.dirichlet(np.full(3, 30.0), (workers, 3)).transpose(0, 2, 1)
    priors = rng.dirichlet(np.full(3, 5.0))
    exact = weights(votes, lambda task, worker, label: confusion[worker, label], priors)
    assert (float(max(exact[0])) < LEAST_FLOAT) == (workers == 1200)  # the largest does underflow
    table, log_priors = logs(ConfusionModel(confusion, priors))
    coded = encode(votes)
    q, found = posterior(products.scores(coded, table), 0, log_priors)
    np.testing.assert_allclose(q, list(normalised(exact).values()), rtol=1e-9)
    assert found == pytest.approx(log_likelihood(exact), rel=1e-12)
    counts = products.counts(coded, table, partial(posterior, log_priors=log_priors))
    np.testing.assert_allclose(counts.by_task, np.sum(list(normalised(exact).values()), axis=0), rtol=1e-9)
    assert counts.log_likelihood == pytest.approx(found, rel=1e-12)


def expected_counts(votes: pd.DataFrame, q: dict) -> dict:
    count: dict = defaultdict(float)
    for task, worker, label in rows(votes):
        for k, share in enumerate(q[task]):
            count[worker, label, k] += share
    return count


def confusions(votes: pd.DataFrame, q: dict, strength: float = 0.0) -> tuple[Callable, list[float]]:
    """Probability of each vote, and class shares: Dawid and Skene's M step, or that of the pooled prior."""
    count, classes = expected_counts(votes, q), range(len(q[0]))
    workers = sorted(set(votes.worker))
    pooled = {
        (j, k): sum(count[w, j, k] for w in workers) + 1 / len(classes) for j in classes for k in classes
    }
    total = {k: sum(pooled[j, k] for j in classes) for k in classes}

    def cell(worker: int, j: int, k: int) -> float:
        prior = strength * pooled[j, k] / total[k]
        return count[worker, j, k] + prior if strength else max(count[worker, j, k], 1e-10)

    def chance(task: int, worker: int, label: int) -> list[float]:
        return [cell(worker, label, k) / sum(cell(worker, j, k) for j in classes) for k in classes]

    tasks = [sum(share[k] for share in q.values()) + bool(strength) / len(classes) for k in classes]
    return chance, [share / sum(tasks) for share in tasks]


def one_coin(votes: pd.DataFrame, q: dict) -> tuple[Callable, list[float]]:
    """The same, where a worker has one probability to be right."""
    classes, right, given = len(q[0]), defaultdict(float), defaultdict(int)
    for task, worker, label in rows(votes):
        right[worker] += q[task][label]
        given[worker] += 1

    def chance(task: int, worker: int, label: int) -> list[float]:
        p = right[worker] / given[worker]
        return [p if k == label else (1 - p) / (classes - 1) for k in range(classes)]

    return chance, [sum(share[k] for share in q.values()) / len(q) for k in range(classes)]


def em_history(votes: pd.DataFrame, passes: int, m_step: Callable) -> list[float]:
    """Log likelihood a vote after each M step, by loops over votes; it begins at the shares of votes."""
    classes = sorted(set(votes.label))
    q = {t: [float((on.label == k).mean()) for k in classes] for t, on in votes.groupby("task")}
    history = []
    for _ in range(passes - 1):
        found = weights(votes, *m_step(votes, q))
        history.append(log_likelihood(found) / len(votes))
        q = normalised(found)
    return history


MODELS = {
    "dawid_skene": (DawidSkene, confusions),
    "pooled": (PooledDawidSkene, partial(confusions, strength=3.0)),
    "one_coin": (OneCoin, one_coin),
}


@pytest.mark.parametrize("name", MODELS)
def test_the_history_is_the_log_likelihood_of_the_loops(name: str, monkeypatch) -> None:
    kind, m_step = MODELS[name]
    monkeypatch.setattr("etl.crowd.votes.BLOCK", 10)  # so that sums run over several blocks
    assert len(encode(FEW).blocks) > 3
    found = kind(n_iter=6, tol=None).fit(FEW)
    np.testing.assert_allclose(found.history_, em_history(FEW, 6, m_step), rtol=1e-8)


@pytest.mark.parametrize("name", ["pooled", "one_coin"])
def test_hundreds_of_votes_on_a_task_are_aggregated(name: str) -> None:
    kind, m_step = MODELS[name]
    votes = crowded()
    found = kind(n_iter=3, tol=None).fit(votes)
    expected = em_history(votes, 3, m_step)
    assert math.exp(expected[0] * 1200) < LEAST_FLOAT  # a task's product does underflow
    np.testing.assert_allclose(found.history_, expected, rtol=1e-8)
    assert found.predict().tolist() == [0, 1, 2]
    np.testing.assert_allclose(found.predict_proba().sum(axis=1), 1.0)


def test_the_history_of_glad_is_its_equation() -> None:
    three, four = (GLAD(n_iter=n, tol=None).fit(FEW) for n in (3, 4))
    ability, difficulty = three.skills_, three.difficulty_

    def chance(task: int, worker: int, label: int) -> list[float]:
        p = 1 / (1 + math.exp(-ability[worker] / difficulty[task]))
        return [p if k == label else (1 - p) / 2 for k in range(3)]

    expected = log_likelihood(weights(FEW, chance, [1 / 3] * 3)) / len(FEW)
    assert four.history_[:3] == three.history_
    assert four.history_[3] == pytest.approx(expected, rel=1e-9)


def test_the_history_of_mace_is_its_equation() -> None:
    three, four = (MACE(n_restarts=1, n_iter=n).fit(FEW) for n in (3, 4))
    know, strategy = three._params

    def chance(task: int, worker: int, label: int) -> list[float]:
        return [know[worker, 0] * strategy[worker, label] + know[worker, 1] * (k == label) for k in range(3)]

    expected = log_likelihood(weights(FEW, chance, [1 / 3] * 3)) / len(FEW)
    assert four.history_[3] == pytest.approx(expected, rel=1e-9)


def test_mace_keeps_the_likeliest_of_its_beginnings() -> None:
    fitted = [MACE(n_restarts=restarts, n_iter=5).fit(FEW) for restarts in range(1, 9)]
    reached = [model.history_[-1] for model in fitted]
    assert reached == sorted(reached)
    assert len(set(reached)) > 2
    for fewer, more in pairwise(fitted):
        assert (fewer.history_ == more.history_) == fewer.skills_.equals(more.skills_)
