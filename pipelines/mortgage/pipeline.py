"""Which loans will be 90 days late within a year? Loan files in, a judged model and its report out.

``python -m pipelines.mortgage --data data/mortgage``
"""

from dataclasses import dataclass
from functools import partial, reduce
from pathlib import Path
from typing import Any, Literal

import numpy as np

from etl import executors, handoff, records
from etl.engine import Device, Engine, choose, devices
from etl.mortgage import audit, cut, features, read, vintage
from etl.mortgage import plan as limits
from etl.mortgage import split as splits
from etl.mortgage.schema import CATEGORIES, FEATURES
from etl.pieces import Pieces
from models import metrics
from models.boosting import baseline
from models.boosting import trees as boosting
from pipelines import figures
from pipelines.mortgage.story import story
from pipelines.run import Run, step


@dataclass(frozen=True)
class Config:
    """From raw loan files to a judged model of delinquency."""

    data: Path
    """A loan file, or a directory of them: text, gzip or Parquet, combined or old layout."""
    layout: Literal["auto", "combined", "old"] = "auto"
    """Layout to insist on; auto takes each file by its number of fields."""
    label: Literal["default", "rapids"] = "default"
    """default: 90 days late or a credit event within the next 12 months; rapids: the old notebook's label."""
    device: Device = "auto"
    """Where the data lives; auto takes a GPU if one answers."""
    workers: int = 0
    """Threads, or processes with --scheduler local; 0 takes all usable cores (or GPUs)."""
    scheduler: str = "threads"
    """threads, local (a Dask cluster started here), or tcp://host:port of one that runs."""
    out: Path = Path("runs")
    """Directory of run folders."""
    memory: str = ""
    """Memory to stay within, such as 4GiB; empty takes what the process may use."""
    bad_share: float = 0.01
    """Largest share of lines that may be unreadable; they are set aside and counted."""
    seed: int = 0
    """Of the split by loan and of the trees."""
    trees: int = 200
    """Most trees to grow; a later period decides how many are kept."""


def main(config: Config) -> Path:
    """Load, label, shape, split, train, judge, report; returns the run's folder."""
    engine = choose(config.device)
    workers = config.workers or (devices()[0] if engine.name == "gpu" else limits.cores())
    with (
        Run("mortgage", config, out=config.out, engine=engine) as run,
        records.collect() as entries,
        executors.active(engine, workers, config.scheduler) as executor,
    ):
        with step(run, "plan"):
            pieces, spool = plan(config, run, executor)
        with step(run, "etl"):
            loans = pieces.map("read", partial(read.read, engine=engine)).map("vintage", vintage.count)
            shaped = loans.map("label", partial(features.shape, label=config.label)).persist(spool)
            facts = inspect(config, run, entries)
        with step(run, "split"):
            parts = split(config, run, shaped, entries, spool)
        with step(run, "train"):
            model = fit(config, run, workers, parts, spool)
        with step(run, "judge"):
            scores, found = judge(model, parts)
        return report(run, entries, facts, scores, found, model)


def plan(config: Config, run: Run, executor: executors.Executor) -> tuple[Pieces, Path | None]:
    """Cut the files into pieces that fit, and decide whether the features stay in memory."""
    usual = limits.DEVICE_PIECE if run.engine.name == "gpu" else limits.PIECE
    fits = limits.plan(
        cut.find(config.data),
        limit=room(config, run.engine),
        workers=executor.workers,
        columns=len(FEATURES),
        usual=usual,
    )
    for reason in fits.reasons:
        run.say(reason)
    pieces = cut.cut(config.data, run.scratch, fits.piece_bytes, config.layout)
    run.say(f"pieces: {len(pieces)} of whole loans, {executor.workers} at a time")
    return Pieces(list(pieces), executor=executor), None if fits.in_memory else run.scratch


def room(config: Config, engine: Engine) -> limits.Limit:
    """Memory to stay within: of the host, and of the device that holds the frames."""
    return min(
        limits.memory_limit(config.memory), limits.device_memory(engine), key=lambda limit: limit.bytes
    )


def inspect(config: Config, run: Run, entries: list[records.Entry]) -> audit.Totals:
    """Set unreadable lines aside in the run's folder, and refuse data that cannot be trusted."""
    facts, aside = audit.totals(entries), audit.quarantine(entries)
    if aside:
        audit.write(aside, run.path("quarantine.csv"))
        run.say(f"{len(aside):,} of {facts.lines:,} lines could not be read; they are in quarantine.csv")
    audit.check(aside, facts.lines, config.bad_share, run.path("quarantine.csv"))
    audit.check_whole(entries)
    return facts


def split(
    config: Config, run: Run, shaped: Pieces, entries: list[records.Entry], spool: Path | None
) -> tuple[Pieces, ...]:
    """Encode categories by the vocabulary of all pieces, then part rows to train, stop and judge by."""
    facts = records.of_kind(entries, "shaped")
    words = reduce(features.merge, (entry["words"] for entry in facts))
    rows = reduce(splits.add, (entry["months"] for entry in facts))
    periods = splits.plan(rows, audit.totals(entries).cutoff, seed=config.seed)
    run.say(f"split: {periods}")
    coded = shaped.map("encode", partial(features.encode, words=words))
    return coded.map("split", partial(splits.split, periods=periods)).persist(spool, parts=3)


def fit(
    config: Config, run: Run, workers: int, parts: tuple[Pieces, ...], spool: Path | None
) -> boosting.BoostedTrees:
    """Train on the first part, stop by the second."""
    train, later, _ = parts
    rows = sum(train.reduce(boosting.Counter("label"), boosting.add))
    paged, reason = limits.training_pages(rows, len(FEATURES), room(config, run.engine))
    run.say(reason)
    model = boosting.BoostedTrees(
        FEATURES, CATEGORIES, n_estimators=config.trees, random_state=config.seed, n_jobs=workers
    )
    model.fit(train, later=later, cache=run.scratch if paged and spool else None)
    run.say(f"trees: {model.stop_reason_}")
    return model


def judge(
    model: boosting.BoostedTrees, parts: tuple[Pieces, ...]
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Score the rows kept for judging, beside the base rate and the rule of the current delinquency."""
    counts = parts[0].reduce(partial(baseline.count, feature="status"), boosting.add)
    scores = partial(score, model=model, rates=baseline.rates(counts))
    label, probability, ruled = parts[2].reduce(scores, concatenate)
    base = sum(counts[baseline.LEVELS :]) / sum(counts[: baseline.LEVELS])
    found = metrics.classification(label, probability, base_rate=base, rule=ruled)
    return {"label": label, "model": probability, "rule": ruled}, found


def score(frame: Any, model: boosting.BoostedTrees, rates: list[float]) -> tuple[np.ndarray, ...]:
    """Label, probability and the rule's rate of each row, on the host: these are the results."""
    arrays = (
        handoff.column(frame, "label"),
        model.probability(frame),
        baseline.apply(frame, "status", rates),
    )
    return tuple(handoff.to_host(array) for array in arrays)


def concatenate(one: tuple[np.ndarray, ...], other: tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
    """Two pieces' results as one."""
    return tuple(np.concatenate(pair) for pair in zip(one, other, strict=True))


def report(
    run: Run,
    entries: list[records.Entry],
    facts: audit.Totals,
    scores: dict[str, np.ndarray],
    found: dict[str, Any],
    model: boosting.BoostedTrees,
) -> Path:
    """Write metrics, figures and the ledger, and close the run."""
    counts = reduce(vintage.merge, (entry["counts"] for entry in records.of_kind(entries, "vintage")))
    ledger = handoff.ledger(entries)
    measured = found | {
        "rows": facts.rows,
        "loans": facts.loans,
        "observations": facts.rows - facts.censored - facts.excluded,
        "censored": facts.censored,
        "excluded": facts.excluded,
        "quarantined": len(audit.quarantine(entries)),
        "judged": len(scores["label"]),
        "piece_seconds": piece_seconds(entries),
        "host_crossings": sum(row["times"] for row in ledger if row["copies"] == "host"),
    }
    gains = model.booster_.get_score(importance_type="total_gain")
    pictures = {
        "roc_pr": figures.roc_pr(curves(scores), float(scores["label"].mean())),
        "calibration": figures.calibration(metrics.calibration(scores["label"], scores["model"])),
        "importance": figures.importance(list(gains), [float(value) for value in gains.values()]),
        "vintage": figures.vintage(vintage.curves(counts)),
        "timeline": figures.timeline(run.stages),
        "ledger": figures.ledger(ledger),
    }
    return run.finish(measured, story=story(measured), figures=pictures, model=model.booster_, ledger=ledger)


def curves(scores: dict[str, np.ndarray]) -> dict[str, dict[str, Any] | None]:
    """ROC and precision-recall curves of the model and of the rule; none where one class is missing."""
    label = scores["label"]
    return {name: metrics.curves(label, scores[name]) for name in ("model", "rule")}


def piece_seconds(entries: list[records.Entry]) -> dict[str, float]:
    """CPU seconds spent in the pieces' own functions, by stage, over all workers."""
    seconds: dict[str, float] = {}
    for entry in records.of_kind(entries, "seconds"):
        seconds[entry["stage"]] = seconds.get(entry["stage"], 0.0) + entry["cpu"]
    return {name: round(value, 3) for name, value in seconds.items()}
