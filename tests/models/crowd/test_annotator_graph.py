"""Planted rings are found and nobody honest is accused; guessers are told apart; nothing depends on order."""

from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from etl.crowd import simulate
from etl.crowd.votes import encode
from etl.records import Choice, collect, of_kind
from models.crowd.agreement import pairs
from models.crowd.annotator_graph import AnnotatorGraph
from models.crowd.pooled import PooledDawidSkene

MODEL = AnnotatorGraph()


def honest(seed: int, classes: int = 4, workers: int = 60, tasks: int = 600, votes: int = 6) -> pd.DataFrame:
    """Votes of independent workers of many skills; hard tasks confuse all of them in the same way."""
    rng = np.random.default_rng(seed)
    truth, skill = rng.integers(0, classes, tasks), rng.beta(6, 3, workers)
    rows = simulate.votes(truth, np.broadcast_to(np.eye(classes), (workers, classes, classes)), votes, seed)
    lure, hard = (truth + 1) % classes, rng.random(tasks) < 0.2
    right = rng.random(len(rows)) < skill[rows.worker] * np.where(hard[rows.task], 0.5, 1.0)
    other = np.where(hard[rows.task], lure[rows.task], rng.integers(0, classes, len(rows)))
    return rows.assign(label=np.where(right, rows.label, other))


def planted(votes: pd.DataFrame, seed: int, noise: float) -> tuple[pd.DataFrame, set]:
    """The 60 most active workers, five of whom, who have tasks in common, copy one of them."""
    rng = np.random.default_rng(seed)
    active = votes[votes.worker.isin(votes.worker.value_counts().index[:60])]
    on = pd.crosstab(active.task, active.worker).clip(upper=1)
    common = (on.T @ on).to_numpy()
    for _ in range(200):
        places = [int(rng.integers(len(common)))]
        while len(places) < 5:
            fit = [w for w in range(len(common)) if w not in places and common[w, places].min() >= 20]
            if not fit:
                break
            places.append(int(rng.choice(fit)))
        if len(places) == 5:
            break
    else:
        raise AssertionError("no five workers have twenty tasks in common")
    members = on.columns[places].tolist()
    return simulate.with_ring(active, members, members[0], 1 - noise, seed), set(members)


@pytest.mark.parametrize("name", ["dog", "web", "d_sentiment", "bluebird", "sentiment_polarity_text"])
@pytest.mark.parametrize("seed", range(4))
def test_a_ring_planted_in_real_votes_is_found_and_nobody_else(
    name: str, seed: int, real_crowd: Path
) -> None:
    votes, members = planted(pd.read_csv(real_crowd / f"{name}.labels.csv.gz"), seed, noise=0.05)
    found = clone(MODEL).fit(votes)
    accused = {worker for ring in found.rings_ for worker in ring}
    assert accused <= members
    assert len(accused) >= (4 if name == "sentiment_polarity_text" else 5)


def added(votes: pd.DataFrame, share: float, seed: int, noise: float) -> tuple[pd.DataFrame, set]:
    """The 55 most active workers, and five who vote what one of them guessed on most of a share of tasks."""
    rng = np.random.default_rng(seed)
    active = votes[votes.worker.isin(votes.worker.value_counts().index[:55])]
    tasks, labels = active.task.unique(), active.label.to_numpy()
    guess = pd.Series(rng.choice(labels, len(tasks)), index=tasks)
    theirs = rng.choice(tasks, int(share * len(tasks)), replace=False)
    rows = [active]
    for number in range(5):
        task = rng.choice(theirs, int(0.9 * len(theirs)), replace=False)
        label = np.where(rng.random(len(task)) < noise, rng.choice(labels, len(task)), guess.loc[task])
        rows.append(pd.DataFrame({"task": task, "worker": 10_000 + number, "label": label}))
    return pd.concat(rows, ignore_index=True), set(range(10_000, 10_005))


@pytest.mark.parametrize("name", ["rte", "sentiment_polarity_text", "dog", "product"])
@pytest.mark.parametrize(("share", "noise"), [(0.2, 0.0), (0.4, 0.1), (0.3, 0.2)])
def test_a_ring_that_outvotes_the_others_on_its_tasks_is_found(
    name: str, share: float, noise: float, real_crowd: Path
) -> None:
    votes, members = added(pd.read_csv(real_crowd / f"{name}.labels.csv.gz"), share, 1, noise)
    assert [set(ring) for ring in clone(MODEL).fit(votes).rings_] == [members]


@pytest.mark.parametrize("name", "bluebird cf d_sentiment dog labelme music_genre product rte web".split())
def test_real_votes_as_they_are_accuse_no_ring(name: str, real_crowd: Path) -> None:
    assert clone(MODEL).fit(pd.read_csv(real_crowd / f"{name}.labels.csv.gz")).rings_ == []


@pytest.mark.parametrize("seed", range(6))
def test_independent_workers_are_not_accused_even_where_tasks_are_hard(seed: int) -> None:
    found = clone(MODEL).fit(honest(seed))
    assert found.rings_ == []
    assert found.graph_.number_of_edges() <= 1
    assert nx.density(found.graph_) == found.graph_.number_of_edges() / (60 * 59 / 2)


def crowd(skills: list[float], tasks: int, classes: int, seed: int, hard: float = 0.0) -> pd.DataFrame:
    """Independent workers who all vote on all tasks; on hard ones all are right on half, and share a lure."""
    rng = np.random.default_rng(seed)
    truth, is_hard = rng.integers(0, classes, (tasks, 1)), rng.random((tasks, 1)) < hard
    right = np.where(is_hard, np.minimum(0.5, skills), skills)
    other = np.where(is_hard, 1, rng.integers(1, classes, (tasks, len(skills))))
    label = np.where(rng.random(right.shape) < right, truth, (truth + other) % classes)
    task, worker = np.indices(label.shape)
    return pd.DataFrame({"task": task.ravel(), "worker": worker.ravel(), "label": label.ravel()})


EXPERTS: dict[str, list[float]] = {
    "three experts": [0.99] * 3,
    "five experts": [0.995] * 5,
    "eight experts": [0.999] * 8,
    "experts among laymen": [0.995] * 5 + [0.8] * 6,
    "experts among few laymen": [0.999] * 5 + [0.7] * 3,
    "laymen": [0.6] * 9,
}


@pytest.mark.parametrize("skills", EXPERTS.values(), ids=list(EXPERTS))
@pytest.mark.parametrize("hard", [0.0, 0.2])
def test_workers_who_agree_as_they_are_right_are_not_accused(skills: list[float], hard: float) -> None:
    for seed in range(4):
        found = clone(MODEL).fit(crowd(skills, 600, 2 + 2 * (seed % 2), seed, hard))
        assert found.rings_ == []


@pytest.mark.parametrize(("size", "noise"), [(2, 0.0), (3, 0.1), (4, 0.2)])
@pytest.mark.parametrize("source", ["guesses", "errs"])
def test_a_small_crowd_finds_who_copy_with_all_their_errors(size: int, noise: float, source: str) -> None:
    votes = crowd([0.5 if source == "guesses" else 0.75] + [0.85] * 10, 300, 3, seed=size)
    copied = votes.label.to_numpy().reshape(300, 11).copy()
    mine = np.random.default_rng(1).random((300, size - 1)) < noise
    copied[:, 1:size] = np.where(mine, copied[:, 1:size], copied[:, :1])
    assert clone(MODEL).fit(votes.assign(label=copied.ravel())).rings_ == [list(range(size))]


def test_nobody_left_to_ask_is_no_verdict_and_is_said() -> None:
    with collect() as entries:
        found = clone(MODEL).fit(crowd([0.995] * 5, 600, 2, seed=1))
    said = [entry.reason for entry in of_kind(entries, Choice)]
    assert found.rings_ == []
    assert any(
        "no verdict on 5 workers (0, 1, 2, 3, 4)" in reason and "left to ask" in reason for reason in said
    )


@pytest.mark.parametrize("classes", [2, 4])
def test_a_simulated_ring_is_found_with_text_ids(classes: int) -> None:
    frame = honest(9, classes=classes, tasks=1500 if classes > 2 else 5000)
    ringed = simulate.with_ring(frame, [2, 13, 24, 35, 46], source=2, copied=0.95, seed=1)
    found = clone(MODEL).fit(ringed.assign(worker="w" + ringed.worker.astype(str)))
    assert found.rings_ == [sorted(["w2", "w13", "w24", "w35", "w46"])]
    ranks = found.pagerank_.sort_values()
    assert set(ranks.index[-5:]) == set(found.rings_[0])
    assert found.report_.query("ring == 0").index.tolist() == sorted(found.rings_[0])


def test_guessers_are_told_from_workers_who_know_a_little() -> None:
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 3, 900)
    right = np.array([0.9] * 10 + [0.55] * 10 + [1 / 3] * 4)[:, None, None]
    confusion = np.where(np.eye(3, dtype=bool), right, (1 - right) / 2)
    found = clone(MODEL).fit(simulate.votes(truth, confusion, 6, seed=1))
    assert set(found.spammers_) == {20, 21, 22, 23}
    lazy = simulate.votes(truth, confusion[:20], 6, seed=1)
    lazy.loc[lazy.worker == 4, "label"] = 2
    assert clone(MODEL).fit(lazy).spammers_ == [4]


def test_pair_sums_are_the_loops() -> None:
    frame = honest(1, workers=6, tasks=25, votes=3)
    votes = encode(frame)
    confusion, priors = PooledDawidSkene(n_iter=5).fit(votes)._params
    shared, agreed, score, spread = pairs(votes, confusion, priors)
    expected = np.zeros((4, 6, 6))
    for _, group in frame.groupby("task"):
        rows = sorted(zip(group.worker, group.label, strict=True))
        for i, (a, x) in enumerate(rows):
            for b, y in rows[i + 1 :]:
                q = priors.copy()
                for w, k in rows:
                    q = q * (confusion[w, k] if w not in (a, b) else 1.0)
                both = (confusion[a] * confusion[b]).sum(axis=0)
                e = np.clip((q / q.sum() * both).sum(), 0.02, 0.98)
                expected[:, a, b] += [1, x == y, (x == y) / e - 1, (1 - e) / e]
    np.testing.assert_allclose([shared, agreed, score, spread], expected, atol=1e-9)


def test_order_is_nothing_and_a_seed_is_enough() -> None:
    frame = simulate.with_ring(honest(5), [1, 2, 3, 4, 5], source=1, copied=1.0, seed=1)
    one, other = clone(MODEL).fit(frame), clone(MODEL).fit(frame.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(one.report_, other.report_)
    assert one.rings_ == other.rings_ == [[1, 2, 3, 4, 5]]
    assert clone(one).get_params() == MODEL.get_params()


def test_too_little_to_compare_is_a_clear_nothing() -> None:
    two = pd.DataFrame({"task": [1, 1, 2, 3], "worker": list("abab"), "label": [0, 1, 1, 0]})
    found = clone(MODEL).fit(two)
    assert (found.rings_, found.graph_.number_of_edges(), found.report_.ring.tolist()) == ([], 0, [-1, -1])
    many = pd.DataFrame({"task": np.arange(6000) // 2, "worker": np.arange(6000), "label": [0, 1] * 3000})
    with pytest.raises(ValueError, match="6,000 workers make too many pairs"):
        clone(MODEL).fit(many)
