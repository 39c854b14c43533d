"""The sentence on one vote a task says what intervals say."""

import pytest

from pipelines.crowd.story import _of_label_once

BEGIN = "With a fixed number of votes, one a task is best for "


@pytest.mark.parametrize(
    ("holds", "end"),
    [
        ({"mbem": True, "gold": True}, "mbem, gold."),
        ({"dawid_skene": False}, "no method, and not for dawid skene."),
        ({"a": None, "b": True}, "b; for a the 95 % intervals do not tell."),
        ({"a": None, "b": False}, "no method, and not for b; for a the 95 % intervals do not tell."),
    ],
)
def test_methods_are_told_by_what_their_intervals_say(holds: dict[str, bool | None], end: str) -> None:
    assert _of_label_once(holds) == BEGIN + end
