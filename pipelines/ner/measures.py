"""What the runs of a comparison say: mean curves, words needed, what was chosen."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from etl.conll import schemes
from etl.handoff import to_host
from etl.labelling.query_log import QueryLog
from models.tagger.dataset import Dataset
from pipelines.ner.config import Config
from pipelines.ner.runs import log

Row = dict[str, Any]
Runs = dict[str, list[list[Row]]]
"""Of each acquisition, the rows of each round, a list a seed."""
ENOUGH = 0.99
"""Share of the full F1 that counts as reaching it."""


def mean(runs: Sequence[list[Row]], name: str) -> list[float]:
    """Mean over seeds of a number of each round, as far as all seeds came."""
    rounds = min(map(len, runs))
    return [float(np.mean([run[number][name] for run in runs])) for number in range(rounds)]


def words_at(curve: Sequence[tuple[float, float]], target: float) -> float | None:
    """Where a curve first comes to the target, on the straight line between its points; None if it does not.

    Parameters
    ----------
    curve : sequence of (percent of words, F1)
    target : float

    Examples
    --------
    >>> words_at([(1.0, 0.2), (3.0, 0.6), (5.0, 0.5)], 0.5), words_at([(1.0, 0.2)], 0.5)
    (2.5, None)
    """
    before: tuple[float, float] | None = None
    for x, y in curve:
        if y >= target:
            return (
                x if before is None else before[0] + (x - before[0]) * (target - before[1]) / (y - before[1])
            )
        before = x, y
    return None


def curves(runs: Runs) -> dict[str, list[list[float]]]:
    """Of each acquisition, percent of words and mean F1 of each round."""
    return {
        name: [[100 * x, y] for x, y in zip(mean(of, "share"), mean(of, "score"), strict=True)]
        for name, of in runs.items()
    }


def needed(runs: Runs, target: float) -> dict[str, float | None]:
    """Percent of words at which the mean curve of each acquisition comes to a score."""
    found = {name: words_at([(x, y) for x, y in points], target) for name, points in curves(runs).items()}
    return found if target > 0 else dict.fromkeys(found)


def needed_by_seed(runs: Runs, targets: Sequence[float]) -> dict[str, list[float | None]]:
    """The same of each seed, against its own target."""
    return {
        name: [
            words_at([(100 * row["share"], row["score"]) for row in run], target)
            for run, target in zip(of, targets, strict=True)
        ]
        for name, of in runs.items()
    }


def chosen(config: Config, data: Dataset, folder: Path) -> dict[str, list[Row]]:
    """Of each acquisition, over all seeds: mean length, entities a thousand words, and seconds, by round."""
    lengths, entities = data.train.lengths, spans_of(data)
    seeds = range(config.seed, config.seed + config.plan.seeds)
    found = {}
    for name in config.plan.acquisitions:
        logs = [QueryLog(log(folder, name, seed)) for seed in seeds]
        rounds = min(len(each.points()) for each in logs)
        found[name] = [_round(logs, number, lengths, entities) for number in range(rounds)]
    return found


def _round(logs: list[QueryLog], number: int, lengths: np.ndarray, entities: np.ndarray) -> Row:
    asked = [each.asked(number) or [] for each in logs]
    items = np.array([query["item"] for queries in asked for query in queries])
    return {
        "length": float(lengths[items].mean()),
        "entities": float(1000 * entities[items].sum() / lengths[items].sum()),
        "choosing": float(np.mean([queries[0]["seconds"] for queries in asked])),
        "training": float(np.mean([each.points()[number]["seconds"] for each in logs])),
    }


def spans_of(data: Dataset) -> np.ndarray:
    """Entities of each sentence of the pool."""
    found = schemes.spans(data.train.tags, data.train.starts, data.names)
    return np.bincount(to_host(found.sentence), minlength=len(data.train))


def informative(config: Config, data: Dataset, folder: Path, most: int = 8) -> tuple[str, list[Row]]:
    """Sentences of the highest score that an acquisition chose when a fifth of its rounds were over."""
    asking = [name for name in config.plan.acquisitions if name != "random"]
    if not asking:
        return "", []
    name = "mnlp" if "mnlp" in asking else asking[0]
    each = QueryLog(log(folder, name, config.seed))
    number = max(1, len(each.points()) // 5)
    queries = each.asked(number) or []
    best = sorted(queries, key=lambda query: -query["score"])[:most]
    return name, [
        {"round": number, "score": query["score"], "text": text(data, query["item"])} for query in best
    ]


def text(data: Dataset, item: int) -> str:
    """A sentence with its names in brackets."""
    one = data.train[item : item + 1]
    words = one.words.to_pylist()
    found = schemes.spans(one.tags, one.starts, data.names)
    kinds = schemes.types(data.names)
    for begin, end, kind in zip(found.begin, found.end, found.type, strict=True):
        words[begin] = "[" + words[begin]
        words[end - 1] += f"]{kinds[kind]}"
    return " ".join(words)


def keep(config: Config, folder: Path, path: Path) -> None:
    """Write every question of every run, with its answer, as lines of JSON."""
    with path.open("w", encoding="utf-8") as file:
        for seed in range(config.seed, config.seed + config.plan.seeds):
            for name in config.plan.acquisitions:
                each = QueryLog(log(folder, name, seed))
                for number in range(len(each.points())):
                    for query in each.asked(number) or []:
                        file.write(json.dumps({"acquisition": name, "seed": seed, **query}) + "\n")


def warning(f1: float, baseline: float | None, name: str) -> str:
    """Why not to trust a tagger that a baseline beats on held-out sentences, or that finds nothing in them.

    Parameters
    ----------
    f1 : float
    baseline : float or None
        F1 of the baseline, if it was measured.
    name : str
        What the baseline is.

    Returns
    -------
    str
        Empty where there is no reason.

    Examples
    --------
    >>> warning(0.5, 0.4, "a dictionary")
    ''
    """
    if f1 and (baseline is None or f1 >= baseline):
        return ""
    beside = "" if baseline is None else f", and {name} has {baseline:.3f}"
    return (
        f"the tagger's F1 on held-out sentences is {f1:.3f}{beside}; label more sentences, or let it learn "
        "longer with --epochs"
    )


def measures(
    config: Config, data: Dataset, runs: Runs, whole: list[float], shallow: float | None
) -> dict[str, Any]:
    """The numbers of the comparison."""
    f1, entities = float(np.mean(whole)), spans_of(data)
    return {
        "f1_full": f1,
        "f1_full_by_seed": whole,
        "f1_shallow": shallow,
        "curve": curves(runs),
        "curve_by_seed": {
            name: [[[100 * row["share"], row["score"]] for row in run] for run in of]
            for name, of in runs.items()
        },
        "words_at_99pct": needed(runs, ENOUGH * f1),
        "words_at_99pct_by_seed": needed_by_seed(runs, [ENOUGH * score for score in whole]),
        "words_at_shallow": {} if shallow is None else needed(runs, shallow),
        "until": 100 * config.plan.until,
        "sentences": len(data.train),
        "words": data.train.tokens,
        "held_out": len(data.test),
        "entities": int(entities.sum()),
        "types": (len(data.names) - 1) // 4,
        "mean_length": data.train.tokens / len(data.train),
        "entities_per_1000": float(1000 * entities.sum() / data.train.tokens),
    }
