"""Accuracy without truths: intervals hold it on simulated crowds, and known labels correct it."""

import math

import numpy as np
import pytest
from scipy.stats import binomtest, gamma, kstest

from etl.crowd import simulate
from etl.crowd.votes import Votes, encode
from etl.engine import Engine
from etl.handoff import from_host, to_host
from etl.records import Bridge, Choice, collect, of_kind
from models.crowd import judged
from models.crowd.judged import judge
from models.crowd.pooled import PooledDawidSkene
from models.crowd.random_draws import Draws
from models.crowd.rectified import by_gold, wilson
from models.crowd.worker_groups import log_marginal


def crowd(seed: int, tasks: int = 150, votes: int = 3, classes: int = 2, right: float = 0.85):
    """Votes, the truth, and predictions of a classifier that errs independently."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, classes, tasks)
    skills = rng.beta(6, 2.5, 12)[:, None, None]
    confusion = skills * np.eye(classes) + (1 - skills) * (1 - np.eye(classes)) / (classes - 1)
    frame = simulate.votes(truth, confusion, votes, seed=rng)
    errs = rng.random(tasks) > right
    return frame, truth, np.where(errs, (truth + rng.integers(1, classes, tasks)) % classes, truth)


def fitted(frame, engine: Engine | None = None) -> tuple[Votes, np.ndarray]:
    with collect():
        votes = encode(frame if engine is None else engine.df.DataFrame(frame))
        posterior = PooledDawidSkene().fit_predict_proba(votes)
    return votes, posterior.to_numpy() if engine is None else posterior.values


def test_intervals_hold_the_truth_at_their_rate_where_expected_agreement_does_not() -> None:
    held, naive, widths = np.zeros(2), [], []
    for seed in range(10):
        frame, truth, codes = crowd(seed, tasks=120, classes=2 + seed % 2)
        votes, posterior = fitted(frame)
        found = judge(votes, posterior, {"model": codes}, draws=30, random_state=seed)
        for place, (name, given) in enumerate((("labels", posterior.argmax(axis=1)), ("model", codes))):
            estimate = found.estimate(name)
            held[place] += estimate.low <= (given == truth).mean() <= estimate.high
            widths.append(estimate.high - estimate.low)
        naive.append(posterior[np.arange(len(codes)), codes].mean() - (codes == truth).mean())
    assert held.min() >= 8  # of 10 at 95 %: fewer once in 90
    assert np.median(widths) < 0.2
    assert np.mean(naive) < -0.08


def test_a_difference_of_models_is_known_better_than_each_of_them() -> None:
    frame, truth, codes = crowd(3, tasks=400)
    worse = np.where(np.random.default_rng(0).random(400) < 0.15, 1 - codes, codes)
    found = judge(*fitted(frame), {"a": codes, "b": worse}, draws=90)
    gap, wanted = found.difference("a", "b"), (codes == truth).mean() - (worse == truth).mean()
    assert 0 < gap.low <= wanted <= gap.high
    assert found.difference("b", "a").value == pytest.approx(-gap.value)
    np.testing.assert_allclose(to_host(found.expected["b"]).mean(), found.draws["b"].mean())


@pytest.mark.parametrize("seed", range(4))
def test_single_votes_give_a_range_and_say_so(seed: int) -> None:
    frame, truth, codes = crowd(seed, tasks=600, votes=1, classes=3, right=0.9)
    votes, posterior = fitted(frame)
    with collect() as entries:
        found = judge(votes, posterior, {"model": codes})
    for name, given in (("labels", posterior.argmax(axis=1)), ("model", codes)):
        estimate = found.estimate(name)
        assert estimate.low <= (given == truth).mean() <= estimate.high
    assert found.estimate("model").high > 0.99
    assert "no task has two votes" in of_kind(entries, Choice)[0].reason


def test_many_tasks_are_sampled_with_the_doubt_that_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    frame, truth, codes = crowd(5, tasks=600)
    given = fitted(frame)
    whole = judge(*given, {"model": codes}, draws=60).estimate("model")
    monkeypatch.setattr(judged, "MOST", 150)
    with collect() as entries:
        found = judge(*given, {"model": codes}, draws=60)
    part = found.estimate("model")
    assert part.low <= (codes == truth).mean() <= part.high
    assert part.high - part.low > whole.high - whole.low
    assert found.expected == {}
    assert "150 of 600 tasks" in of_kind(entries, Choice)[0].reason


def test_labels_alone_are_judged_and_workers_of_many_labels_together(monkeypatch: pytest.MonkeyPatch) -> None:
    frame, truth, _ = crowd(7, tasks=300, votes=5)
    votes, posterior = fitted(frame)
    true = (posterior.argmax(axis=1) == truth).mean()
    alone = judge(votes, posterior, {}, draws=60)
    assert list(alone.draws) == ["labels"]
    monkeypatch.setattr(judged, "LARGE", 5 * 2**2)
    with collect() as entries:
        together = judge(votes, posterior, {}, draws=60)
    assert "12 workers are judged as 5 groups" in of_kind(entries, Choice)[0].reason
    estimate = alone.estimate("labels")
    assert estimate.low <= true <= estimate.high
    assert together.estimate("labels").value == pytest.approx(true, abs=0.1)


def test_every_device_draws_alike(engine: Engine) -> None:
    frame, _, codes = crowd(1, tasks=80, classes=3)
    wanted = judge(*fitted(frame), {"model": codes}, draws=9)
    given, predicted = fitted(frame, engine), {"model": from_host(codes, engine)}
    with collect() as entries:
        found = judge(*given, predicted, draws=9)
    assert sum(bridge.copies == "host" for bridge in of_kind(entries, Bridge)) <= 2  # whatever the draws
    for name in ("labels", "model"):
        np.testing.assert_allclose(found.draws[name], wanted.draws[name], atol=1e-9)


def test_wrong_shapes_and_names_are_told() -> None:
    frame, _, codes = crowd(0, tasks=30)
    votes, posterior = fitted(frame)
    with pytest.raises(ValueError, match="posterior has shape"):
        judge(votes, posterior[:-1], {})
    with pytest.raises(ValueError, match="one for each of 30 tasks"):
        judge(votes, posterior, {"model": codes[:-1]})
    with pytest.raises(ValueError, match="rename it"):
        judge(votes, posterior, {"labels": codes})


@pytest.mark.parametrize("shape", [0.3, 1.0, 7.5])
def test_gamma_numbers_are_of_their_distribution(shape: float) -> None:
    drawn = Draws(np, 1).gamma(np.full(4000, shape))
    assert kstest(drawn, gamma(shape).cdf).pvalue > 0.001


def test_the_probability_of_votes_is_that_of_an_urn() -> None:
    """Each vote is drawn by the prior and the votes before it."""
    rng = np.random.default_rng(0)
    cube, prior = rng.integers(0, 4, (3, 2, 2)).astype(float), rng.uniform(0.2, 2, (2, 2))
    for worker, found in enumerate(log_marginal(cube, prior)):
        wanted = 0.0
        for true in range(2):
            urn = prior[:, true].copy()
            for label in range(2):
                for _ in range(int(cube[worker, label, true])):
                    wanted += math.log(urn[label] / urn.sum())
                    urn[label] += 1
        assert found == pytest.approx(wanted)


@pytest.mark.parametrize(("right", "known"), [(0, 5), (37, 40), (40, 40)])
def test_wilsons_interval_is_scipys(right: int, known: int) -> None:
    assert wilson(right, known) == pytest.approx(binomtest(right, known).proportion_ci(method="wilson"))


def test_known_labels_correct_an_expectation_that_is_wrong_for_all(engine: Engine) -> None:
    """Against the mean over all tasks, which here is known; and in less doubt than by known labels alone."""
    rng, held, narrower = np.random.default_rng(0), 0, 0
    for _ in range(60):
        chance = rng.beta(3, 1, 2000)
        right, known = rng.random(2000) < chance, rng.random(2000) < 0.05
        arrays = [from_host(each, engine) for each in (right, known, np.sqrt(chance))]
        found, alone = by_gold(*arrays), by_gold(*arrays[:2])
        held += found.low <= right.mean() <= found.high
        narrower += found.high - found.low < alone.high - alone.low
    assert held >= 52
    assert narrower >= 50


def test_without_known_labels_there_is_nothing_to_correct_by() -> None:
    none = np.zeros(4, bool)
    with pytest.raises(ValueError, match="no task has a known label"):
        by_gold(none, none)
