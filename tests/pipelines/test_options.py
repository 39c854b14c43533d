"""Settings take paths as text too, as they are typed in a notebook, and say what is out of range."""

import importlib
from pathlib import Path
from typing import Any

import pytest

from pipelines import stories
from pipelines.options import Common

LEARN = sorted(stories().keys() - {"doctor"})  # the doctor starts without the libraries that it looks for

TOLD: dict[str, dict[str, Any]] = {"signsgd": {"task": "lstm"}, "factors": {"modes": ("day", "minute")}}
"""What a story wants to know of a file: signsgd's digits take none."""


@pytest.mark.parametrize("story", LEARN)
def test_text_is_taken_for_a_path(story: str) -> None:
    kind: Any = importlib.import_module(f"pipelines.{story}.config").Config
    written = kind.__annotations__
    named = [name for name in ("votes", "truth", "data", "hierarchy") if "Path" in str(written.get(name))]
    told = TOLD.get(story, {})
    made = kind(**told, **dict.fromkeys(named, "here/file.csv"))
    assert [getattr(made, name) for name in named] == [Path("here/file.csv")] * len(named)
    if isinstance(made, Common):
        assert kind(out="elsewhere").out == Path("elsewhere")


def test_ranges_hold() -> None:
    kind: Any = importlib.import_module("pipelines.crowd.config").Config
    assert kind(votes=None).votes is None
    with pytest.raises(ValueError, match="--bad-share is 2; it is a share"):
        kind(bad_share=2)
