"""The pool chooses by score within a budget of words, whatever the order of items."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.engine import Engine
from etl.handoff import to_host
from models.active.pool import Pool, ranked
from models.active.seeds import round_seed
from models.active.stops import Stop

pools = st.lists(st.tuples(st.integers(1, 9), st.integers(0, 3)), min_size=1, max_size=40)


@settings(deadline=None, max_examples=200)
@given(pools, st.integers(1, 120), st.integers(0, 2**31 - 1), st.randoms())
def test_a_choice_uses_the_budget_and_no_item_more(rows, budget: int, seed: int, shuffle) -> None:
    lengths, scores = (np.array(column) for column in zip(*rows, strict=True))
    pool = Pool.new(lengths)
    items = pool.choose(pool.open, scores.astype(float), budget, seed)
    used = lengths[items]
    assert len(set(items.tolist())) == len(items) > 0
    assert used[:-1].sum() < budget
    assert used.sum() >= min(budget, pool.words)
    left = np.setdiff1d(pool.open, items)
    assert (np.diff(scores[items]) <= 0).all()
    assert not len(left) or scores[left].max() <= scores[items].min()
    order = list(range(len(rows)))
    shuffle.shuffle(order)
    assert pool.choose(pool.open[order], scores[order].astype(float), budget, seed).tolist() == items.tolist()


@settings(deadline=None, max_examples=50)
@given(pools, st.integers(1, 20), st.integers(0, 2**31 - 1))
def test_draws_empty_the_pool_and_repeat_no_item(rows, budget: int, seed: int) -> None:
    lengths = np.array([row[0] for row in rows])
    pool, rounds = Pool.new(lengths), []
    while len(pool.open):
        items = pool.draw(budget, seed)
        rounds.append(items)
        pool = pool.with_labelled(items)
        assert pool.labelled_words == sum(lengths[done].sum() for done in rounds)
    assert pool.share == 1
    assert sorted(np.concatenate(rounds).tolist()) == list(range(len(lengths)))


def test_the_sentence_that_crosses_the_budget_is_taken_and_none_is_skipped() -> None:
    pool = Pool.new(np.array([4, 9, 1, 1]))
    scores = np.array([4.0, 3.0, 2.0, 1.0])
    assert pool.choose(pool.open, scores, 5, seed=0).tolist() == [0, 1]
    assert pool.choose(pool.open, scores, 4, seed=0).tolist() == [0]
    assert pool.choose(pool.open, scores, 99, seed=0).tolist() == [0, 1, 2, 3]


def test_a_start_at_random_takes_each_item_as_often() -> None:
    lengths = np.array([1, 1, 5, 5, 5, 10] * 5)
    counts = np.zeros(30)
    for seed in range(2000):
        counts[Pool.new(lengths).draw(1, seed)] += 1  # the first of each draw
    assert ((counts - 2000 / 30) ** 2 / (2000 / 30)).sum() < 58.3  # chi square of 29 degrees, 0.1 %


def test_ties_are_broken_by_seed_on_every_engine(engine: Engine) -> None:
    items = engine.xp.arange(50)
    found = [to_host(ranked(items, engine.xp.zeros(50), seed)).tolist() for seed in (0, 0, 1)]
    assert found[0] == found[1] != found[2]
    assert found[0] == ranked(np.arange(50), np.zeros(50), 0).tolist()
    assert found[0] != sorted(found[0])


def test_what_is_wrong_is_said() -> None:
    pool = Pool.new(np.array([1, 2, 3]))
    with pytest.raises(ValueError, match="at least one item"):
        Pool.new(np.array([1, 0]))
    with pytest.raises(ValueError, match="chosen twice, or was labelled before"):
        pool.with_labelled(np.array([1, 1]))
    with pytest.raises(ValueError, match="chosen twice, or was labelled before"):
        pool.with_labelled(np.array([1])).with_labelled(np.array([1, 2]))
    with pytest.raises(ValueError, match="score of item 2 is NaN"):
        pool.choose(pool.open, np.array([1.0, 2.0, np.nan]), 1, 0)


def test_seeds_of_rounds_and_uses_differ() -> None:
    found = {
        round_seed(s, r, use)
        for s in range(5)
        for r in range(50)
        for use in ("choose", "sample", "train", "ask")
    }
    assert len(found) == 1000
    assert all(0 <= seed < 2**31 for seed in found)


def curve(*scores: float, share: float = 0.01) -> list[dict[str, float]]:
    return [{"score": score, "share": share * (place + 1)} for place, score in enumerate(scores)]


@pytest.mark.parametrize(
    ("stop", "scores", "why"),
    [
        (Stop(), (0.1,) * 9, None),
        (Stop(), (0.1,) * 100, "every item"),
        (Stop(rounds=2), (0.1, 0.2), None),
        (Stop(rounds=2), (0.1, 0.2, 0.3), "all rounds (2)"),
        (Stop(rounds=0), (0.1,), "all rounds (0)"),
        (Stop(share=0.03), (0.1, 0.2), None),
        (Stop(share=0.03), (0.1, 0.2, 0.3), "3.0% of the words"),
        (Stop(target=0.3), (0.1, 0.2), None),
        (Stop(target=0.3), (0.1, 0.3), "target (0.3)"),
        (Stop(patience=2), (0.5, 0.4), None),
        (Stop(patience=2), (0.5, 0.4, 0.51), None),
        (Stop(patience=2), (0.5, 0.4, 0.5), "no gain over 2 rounds"),
        (Stop(patience=2, least_gain=0.1), (0.5, 0.4, 0.55), "no gain over 2 rounds"),
        (Stop(target=0.0), (), None),
    ],
)
def test_rules_stop_when_they_say(stop: Stop, scores: tuple[float, ...], why: str | None) -> None:
    reason = stop.reason(curve(*scores))
    assert reason is None if why is None else why in reason


def test_patience_of_none_is_no_zero() -> None:
    with pytest.raises(ValueError, match="at least 1, or None"):
        Stop(patience=0)
