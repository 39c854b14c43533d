"""Shares of words at which curves come to a target, and what they say where there is no target."""

import pytest

pytest.importorskip("torch", reason="taggers are networks; pip install 'trinity[torch]'")

from pipelines.ner.measures import needed, needed_by_seed, words_at


def run(*scores: float) -> list[dict[str, float]]:
    """Rounds of one seed, after 10 %, 20 %, ... of the words."""
    return [{"share": (n + 1) / 10, "score": score} for n, score in enumerate(scores)]


RUNS = {"random": [run(0.0, 0.4, 0.8), run(0.2, 0.4, 0.6)], "mnlp": [run(0.5, 0.9, 0.9), run(0.5, 0.7, 0.9)]}


def test_the_mean_curve_is_followed_between_its_rounds() -> None:
    found = needed(RUNS, 0.55)  # means are 0.1, 0.4, 0.7 and 0.5, 0.8, 0.9

    assert found == {"random": pytest.approx(25), "mnlp": pytest.approx(10 + 10 / 6)}
    assert needed(RUNS, 0.75) == {"random": None, "mnlp": pytest.approx(10 + 10 * 0.25 / 0.3)}
    assert needed(RUNS, 0.95) == {"random": None, "mnlp": None}


def test_a_model_that_learnt_nothing_sets_no_target() -> None:
    # 99 % of a score of 0 is reached by any model, before it has learnt
    assert needed(RUNS, 0.0) == {"random": None, "mnlp": None}
    assert words_at([(10, 0.0), (20, 0.4)], 0.0) == 10


def test_each_seed_has_its_own_target() -> None:
    assert needed_by_seed(RUNS, (0.6, 0.6)) == {
        "random": [pytest.approx(25), pytest.approx(30)],
        "mnlp": [pytest.approx(12.5), pytest.approx(15)],
    }
    assert needed_by_seed(RUNS, (0.95, 0.2))["random"] == [None, pytest.approx(10)]
