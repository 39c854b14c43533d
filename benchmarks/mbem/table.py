"""Tables of models that learn from votes, from the committed results; see `benchmarks.tables`."""

from typing import Any

from benchmarks.harness import made
from benchmarks.mbem import run

Row = dict[str, Any]


def learning(facts: Row) -> str:
    """Accuracy of models trained on votes, the gain of MBEM, its variants, and label once."""
    text = run.table(facts["results"], facts["label_once"])
    return "\n".join([text, "", *made(facts, "scikit-learn", "torch", "numpy")])
