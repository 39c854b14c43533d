"""The next votes are those of brute force, within the budget and the workers left, on every device."""

from itertools import product

import numpy as np
import pytest

from etl.engine import Engine
from etl.handoff import to_host
from models.crowd.next_votes import WHY, Asked, NextVotes, combined, information, second

RNG = np.random.default_rng(0)
P, Q = RNG.dirichlet(np.ones(3), 40), RNG.dirichlet(np.ones(3), 40)
SKILL = (np.eye(3) + RNG.dirichlet(np.ones(3), 3).T) / 2
VOTES = np.arange(40) % 3


def bits(joint: np.ndarray) -> float:
    """``I(class; outcome)`` of a joint table, (classes, outcomes), from its definition."""
    apart = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0)
    return float((joint * np.log2(joint / apart)).sum())


def brute(belief: np.ndarray, votes: int) -> float:
    """Information of so many votes, over all their outcomes."""
    outcomes = product(range(3), repeat=votes)
    return bits(np.array([belief * np.prod(SKILL[list(o)], axis=0) for o in outcomes]).T)


def choose(engine: Engine, budget: int, left: np.ndarray | None = None, **options: int) -> Asked:
    on = engine.xp.asarray
    asked = NextVotes(on(SKILL), **options).choose(
        budget, on(P), on(Q), on(VOTES), None if left is None else on(left)
    )
    return Asked(*map(to_host, asked))


def test_gains_are_those_of_all_outcomes(engine: Engine) -> None:
    S, skill = engine.xp.asarray(P), engine.xp.asarray(SKILL)
    one = [brute(belief, 1) for belief in P]
    np.testing.assert_allclose(to_host(information(S, skill)), one, atol=1e-12)
    two = [brute(belief, 2) - first for belief, first in zip(P, one, strict=True)]
    np.testing.assert_allclose(to_host(second(S, skill)), two, atol=1e-12)


def test_the_list_has_the_most_telling_items(engine: Engine) -> None:
    belief = P * Q / (P * Q).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(to_host(combined(engine.xp.asarray(P), engine.xp.asarray(Q))), belief)
    best = sorted(range(40), key=lambda row: -brute(belief[row], 1))[:12]
    asked = choose(engine, 12)
    assert asked.items.tolist() == best
    for item, code in zip(asked.items, asked.why, strict=True):
        same = P[item].argmax() == Q[item].argmax()
        assert WHY[code] == ("new" if not VOTES[item] else "doubtful" if same else "disagreement")


def test_items_that_no_worker_is_left_for_are_not_asked(engine: Engine) -> None:
    left = np.where(np.arange(40) < 30, 0, 2)
    assert sorted(choose(engine, 40, left).items) == list(range(30, 40))
    asked = choose(engine, 40, left, most=5)
    assert sorted(asked.items) == list(range(30, 40))
    assert asked.workers.tolist() == [2] * 10


@pytest.mark.parametrize("budget", [0, 1, 7, 55, 120])
def test_the_budget_is_spent_and_each_item_is_on_the_list_once(engine: Engine, budget: int) -> None:
    asked = choose(engine, budget, most=3)
    assert asked.workers.sum() == budget
    assert len(set(asked.items)) == len(asked.items)
    assert ((asked.workers >= 1) & (asked.workers <= 3)).all()


def test_two_workers_of_one_item_beat_one_each_where_both_votes_tell_more(engine: Engine) -> None:
    """The best of all lists of up to two workers an item, by trying each."""
    few = np.array(
        [
            [0.4, 0.3, 0.3],
            [0.98, 0.01, 0.01],
            [0.3, 0.4, 0.3],
            [0.97, 0.01, 0.02],
            [0.8, 0.1, 0.1],
            [0.3, 0.3, 0.4],
        ]
    )
    on = engine.xp.asarray
    asked = NextVotes(on(SKILL), most=2).choose(5, on(few), None, on(VOTES[:6]))
    total = {n: [brute(belief, n) if n else 0.0 for belief in few] for n in range(3)}
    lists = [each for each in product(range(3), repeat=6) if sum(each) == 5]
    best = max(lists, key=lambda each: sum(total[n][row] for row, n in enumerate(each)))
    assert 2 in best
    workers = np.zeros(6, dtype=int)
    workers[to_host(asked.items)] = to_host(asked.workers)
    assert workers.tolist() == list(best)


def test_before_there_is_a_classifier_items_are_drawn_by_the_seed(engine: Engine) -> None:
    on = engine.xp.asarray
    even, none = np.full((1000, 3), 1 / 3), np.zeros(1000, dtype=int)

    def drawn(seed: int) -> np.ndarray:
        return to_host(NextVotes(on(SKILL), seed=seed).choose(200, on(even), None, on(none)).items)

    assert drawn(0).tolist() == drawn(0).tolist() != drawn(1).tolist()
    assert abs(drawn(0).mean() - 499.5) < 5 * 1000 / (12 * 200) ** 0.5
    assert len(set(drawn(0))) == 200


def test_what_is_certain_is_not_asked_and_money_is_left() -> None:
    sure = np.array([[1.0, 0.0], [0.5, 0.5]])
    asked = NextVotes(np.array([[0.8, 0.2], [0.2, 0.8]])).choose(2, sure, None, np.array([1, 1]))
    assert asked.items.tolist() == [1]


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="most is 0"):
        NextVotes(SKILL, most=0)
    with pytest.raises(ValueError, match="skill has shape"):
        NextVotes(SKILL[:2])
    with pytest.raises(ValueError, match="budget is -1"):
        NextVotes(SKILL).choose(-1, P, Q, VOTES)
    with pytest.raises(ValueError, match="have shapes"):
        NextVotes(SKILL).choose(1, P, Q[:3], VOTES)
