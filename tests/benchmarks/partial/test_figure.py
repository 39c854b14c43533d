"""The picture of docs/benchmarks/partial.md can be read."""

import json
from pathlib import Path

from benchmarks.partial.figure import SETS, draw
from tests.support.layout import faults, texts

RESULTS = Path(__file__).parents[3] / "benchmarks/results/partial-curves-cpu.json"


def test_no_text_of_the_picture_covers_another() -> None:
    figure = draw(json.loads(RESULTS.read_text()))
    assert faults(figure) == []
    assert {"uniform", "AQ-EIG", "all labels", *SETS.values()} <= {each.words for each in texts(figure)}
