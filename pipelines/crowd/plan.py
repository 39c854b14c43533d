"""Which methods fit into memory: a table of labels by labels for each worker grows with their square."""

from collections.abc import Mapping

from etl.machine import device_memory, show
from etl.pieces import Pieces
from models.crowd.aggregator import Aggregator
from models.crowd.glad import GLAD
from models.crowd.inputs import describe, join
from models.crowd.label_weights import LabelWeights
from pipelines.run import Run

TABLES = 4
"""Tables of a method at once: votes' weights, counts, their sum, and parameters."""
SHARE = 0.8
"""Of the memory that is there."""


def affordable(run: Run, pieces: Pieces, methods: Mapping[str, Aggregator]) -> dict[str, Aggregator]:
    """The methods whose tables fit into memory; the others are told, with what they need.

    Parameters
    ----------
    run : Run
    pieces : Pieces of Votes
    methods : mapping of str to Aggregator
    """
    facts = pieces.reduce(describe, join)
    classes, workers = len(facts.classes), len(facts.workers)
    needed, there = TABLES * 8 * workers * classes**2, device_memory(run.engine)
    if needed <= SHARE * there.bytes:
        return dict(methods)
    kept = {name: model for name, model in methods.items() if isinstance(model, LabelWeights | GLAD)}
    for name in (name for name in methods if name not in kept):
        run.say(
            f"{name.replace('_', ' ')}: left out, as {classes:,} labels are too many for it: tables of "
            f"{workers:,} workers need {show(needed)} of {show(there.bytes)} ({there.reason})"
        )
    return kept
