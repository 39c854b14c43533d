"""How good the mortgage model is, beside the base rate and the rule of the current delinquency."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import numpy as np

from etl import handoff
from etl.engine.types import Frame
from etl.mortgage.audit import Totals
from etl.mortgage.schema import FEATURES
from etl.pieces import Pieces
from etl.records import Record, Seconds, of_kind
from models import drift, metrics
from models.boosting import baseline, trees

Scores = dict[str, np.ndarray]


def judge(model: trees.BoostedTrees, parts: tuple[Pieces, ...]) -> tuple[Scores, dict[str, Any]]:
    """Score the rows kept for judging, and measure the model and the rule on them."""
    counts = parts[0].reduce(partial(baseline.count, feature="status"), trees.add)
    scored = partial(score, model=model, rates=baseline.rates(counts))
    label, probability, rule = parts[2].reduce(scored, concatenate)
    base = sum(counts[baseline.LEVELS :]) / sum(counts[: baseline.LEVELS])
    found = metrics.classification(label, probability, base_rate=base, rule=rule)
    return {"label": label, "model": probability, "rule": rule}, found


def score(frame: Frame, model: trees.BoostedTrees, rates: list[float]) -> tuple[np.ndarray, ...]:
    """Label, probability and the rule's rate of each row, on the host: these are the results."""
    rule = baseline.apply(frame, "status", rates)
    arrays = (handoff.column(frame, "label"), model.probability(frame), rule)
    return tuple(handoff.to_host(array) for array in arrays)


def typical(train: Pieces) -> dict[str, drift.Bins]:
    """What features are in training, by which new data are judged."""
    cuts = drift.edges(next(frame for frame in train if len(frame)), list(FEATURES))
    counts = train.reduce(partial(drift.count, cuts=cuts), drift.add)
    return {name: drift.Bins(cut, tuple(counts[name].tolist())) for name, cut in cuts.items()}


def warning(found: Mapping[str, Any]) -> str:
    """Why not to trust the model; empty if it beats the rule and the base rate."""
    worse = [name for name in ("rule", "base") if found["log_loss"] >= found[name]["log_loss"]]
    named = {"rule": "the rule of the current delinquency", "base": "the base rate"}
    if not worse:
        return ""
    other = found[worse[0]]["log_loss"]
    return (
        f"the model is no better than {named[worse[0]]}: its log loss is {found['log_loss']:.4f}, and that "
        f"of the other {other:.4f}, on loans that it did not see"
    )


def concatenate(one: tuple[np.ndarray, ...], other: tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
    """Two pieces' results as one."""
    return tuple(np.concatenate(pair) for pair in zip(one, other, strict=True))


def counts(facts: Totals, scores: Scores, entries: Iterable[Record]) -> dict[str, Any]:
    """What was read, labelled and judged, and the time that it took."""
    return {
        "rows": facts.rows,
        "loans": facts.loans,
        "observations": facts.rows - facts.censored - facts.excluded,
        "censored": facts.censored,
        "excluded": facts.excluded,
        "judged": len(scores["label"]),
        "piece_seconds": piece_seconds(entries),
    }


def piece_seconds(entries: Iterable[Record]) -> dict[str, float]:
    """CPU seconds spent in the pieces' own functions, by stage, over all workers."""
    seconds: dict[str, float] = {}
    for entry in of_kind(entries, Seconds):
        seconds[entry.stage] = seconds.get(entry.stage, 0.0) + entry.cpu
    return {name: round(value, 3) for name, value in seconds.items()}
