"""How good a tagger is on sentences held out, how sure that is, and what a dictionary comes to."""

from typing import Any

import numpy as np

from etl.conll import score
from etl.handoff import to_host
from models.tagger.dataset import Dataset
from models.tagger.intervals import bootstrap_f1

BASELINE = "a dictionary of the names that were labelled"
LEVEL = 0.95


def measures(data: Dataset, found: np.ndarray, baseline: np.ndarray, seed: int) -> dict[str, Any]:
    """The numbers of a run, F1 with the interval of a bootstrap over the sentences held out.

    Parameters
    ----------
    data : Dataset
    found, baseline : array of int, shape (tokens held out,)
        Tags of the tagger and of the dictionary.
    seed : int
        Of the bootstrap.
    """
    true, starts = to_host(data.held.tags), data.test.starts
    both = [score.span_f1(true, tags, starts, data.names) for tags in (found, baseline)]
    counts = [score.by_sentence(true, tags, starts, data.names) for tags in (found, baseline)]
    drawn = bootstrap_f1(np.stack(counts), seed=seed)
    model, dictionary = both
    return {
        "f1": model.f1,
        "f1_interval": _interval(drawn[:, 0]),
        "precision": model.precision,
        "recall": model.recall,
        "f1_baseline": dictionary.f1,
        "f1_baseline_interval": _interval(drawn[:, 1]),
        "gain_interval": _interval(drawn[:, 0] - drawn[:, 1]),
        "f1_by_type": {kind: each.f1 for kind, each in model.by_type.items()},
        "f1_baseline_by_type": {kind: each.f1 for kind, each in dictionary.by_type.items()},
        "names_by_type": {kind: each.true for kind, each in model.by_type.items()},
        "names_held_out": model.true,
        "sentences": len(data.train),
        "words": data.train.tokens,
        "held_out": len(data.test),
    }


def _interval(drawn: np.ndarray) -> list[float]:
    return np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]).tolist()
