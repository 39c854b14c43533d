"""The sentence on one vote a task says what intervals say."""

import pytest

from pipelines.crowd.story import _of_accuracy, _of_label_once

BEGIN = "With a fixed number of votes, one a task is best for "


@pytest.mark.parametrize(
    ("holds", "end"),
    [
        ({"mbem": True, "gold": True}, "MBEM, true labels."),
        ({"dawid_skene": False}, "no method, and not for Dawid-Skene."),
        ({"a": None, "b": True}, "b; for a the 95 % intervals leave it open."),
        ({"a": None, "b": False}, "no method, and not for b; for a the 95 % intervals leave it open."),
    ],
)
def test_methods_are_told_by_what_their_intervals_say(holds: dict[str, bool | None], end: str) -> None:
    assert _of_label_once(holds) == BEGIN + end


@pytest.mark.parametrize(
    ("accuracy", "told"),
    [
        (
            {"majority": 0.7, "glad": 0.8, "pooled_dawid_skene": 0.9},
            "majority vote 70.0%, pooled Dawid-Skene 90.0% (the best, its labels are written).",
        ),
        (
            {"majority": 0.7, "glad": 0.95, "pooled_dawid_skene": 0.9},
            "majority vote 70.0%, pooled Dawid-Skene 90.0% (its labels are written), GLAD 95.0% (the best).",
        ),
        ({"majority": 0.7, "one_coin": 0.6}, "majority vote 70.0% (the best)."),
    ],
)
def test_no_method_is_told_twice(accuracy: dict[str, float], told: str) -> None:
    assert _of_accuracy(accuracy) == f"Share of the known labels that each method finds: {told}"
