"""What are these documents about? Texts or counts of words in; topics, a map of them and a report out.

``python -m pipelines.topics --data news.csv --text title body --topics 50``
"""

from operator import add
from pathlib import Path
from typing import Any

from etl import executors, handoff, records
from etl.engine import choose, devices
from etl.mortgage import plan
from etl.pieces import Pieces
from models.topics import documents, metrics
from models.topics.tensor_lda import TensorLDA
from pipelines import figures
from pipelines.run import Run, step
from pipelines.topics import classify, holdout, tables
from pipelines.topics import figures as topics_figures
from pipelines.topics import judge as topics_judge
from pipelines.topics import model as topics_model
from pipelines.topics.config import Columns, Config
from pipelines.topics.corpus import Corpus, count
from pipelines.topics.data import load
from pipelines.topics.judge import Shares
from pipelines.topics.model import Topics
from pipelines.topics.story import story

__all__ = ["Columns", "Config", "main"]


def main(config: Config) -> Path:
    """Load, count, fit, judge, report; returns the run's folder."""
    engine = choose(config.device)
    workers = config.workers or (devices()[0] if engine.name == "gpu" else plan.cores())
    with (
        Run("topics", config, out=config.out, engine=engine) as run,
        records.collect() as entries,
        executors.active(engine, workers, config.scheduler) as executor,
    ):
        saved = topics_model.load(config.model, engine) if config.model else None
        with step(run, "load"):
            loaded = load(config, run, executor)
        with step(run, "count"):
            corpus = count(config, run, loaded, saved.terms if saved else ())
        with step(run, "fit"):
            train, test = parts(config, run, corpus)
            topics = saved or fit(config, run, corpus, train)
        with step(run, "judge"):
            found, shares = judge(config, run, corpus, topics, train, test)
            found |= recovered(topics, loaded.known)
            typical = tables.typical(corpus, shares)
        return report(run, entries, corpus, topics, found, shares, typical)


def parts(config: Config, run: Run, corpus: Corpus) -> tuple[Pieces, Any]:
    """Documents to learn from, and those held out; where nothing is learnt, all, and some of them."""
    size, learnt = len(corpus.lengths), config.model is None
    held = holdout.held_out(size, learnt)
    test = documents.together(holdout.part(corpus, held, config.seed, rest=False))
    run.say(
        f"judged on: {test.shape[0]:,} of {size:,} documents, {'held out' if learnt else 'none learnt from'}"
    )
    return holdout.part(corpus, held, config.seed, rest=True) if learnt else corpus.counts, test


def fit(config: Config, run: Run, corpus: Corpus, train: Pieces) -> Topics:
    """Learn topics, and save them."""
    model = TensorLDA(config.topics, random_state=config.seed)
    model.fit(train, scratch=None if corpus.whole else run.scratch)
    for choice in model.choices_:
        run.say(choice)
    run.say(f"passes: {model.n_iter_}, as {model.stop_reason_}")
    words = train.reduce(documents.survey, add).words + 1
    settings = model.get_params() | {"n_components": len(model.components_)}
    topics = Topics(model, corpus.terms, words / words.sum(), settings)
    topics_model.save(run.path("model.npz"), topics)
    return topics


def judge(
    config: Config, run: Run, corpus: Corpus, topics: Topics, train: Pieces, test: Any
) -> tuple[dict[str, Any], Shares]:
    """Quality of the topics, and the shares of all documents; labels are told from them if any are known."""
    size = len(corpus.lengths)
    known = classify.labels(corpus, holdout.held_out(size, True), config.seed)
    found = topics_judge.quality(topics, test, train, size, config.seed)
    shares = topics_judge.describe(corpus, topics, run.path("documents.parquet"), known.wanted)
    told = classify.classify(known, shares.kept, run.engine)
    return found | {"held_out": test.shape[0], "labels": told}, shares


def recovered(topics: Topics, known: Any) -> dict[str, float]:
    """Of known topics, the share that was found, and the mean L1 distance to them."""
    if known is None:
        return {}
    _, distance = metrics.match(topics.model.components_, known)
    return {"found": metrics.found(distance), "distance": float(distance.mean())}


def report(
    run: Run,
    entries: list[records.Entry],
    corpus: Corpus,
    topics: Topics,
    found: dict[str, Any],
    shares: Shares,
    typical: tables.Rows,
) -> Path:
    """Write topics, typical documents, metrics, figures and the ledger, and close the run."""
    rows = tables.topics(topics, shares.prevalence, found["npmi"])
    tables.write(run.path("topics.csv"), rows)
    tables.write(run.path("typical.csv"), typical)
    pictures = topics_figures.all_figures(topics, rows, shares)
    ledger = handoff.ledger(entries)
    model = topics.model
    measured = found | {
        "npmi": float(found["npmi"].mean()),
        "topics": len(rows),
        "documents": len(corpus.lengths),
        "vocabulary": len(corpus.terms),
        "tokens": int(corpus.lengths.sum()),
        "nnz": corpus.pairs,
        "empty": int((corpus.lengths == 0).sum()),
        "short": int(((corpus.lengths > 0) & (corpus.lengths < 3)).sum()),
        "quarantined": sum(entry["rows"] for entry in records.of_kind(entries, "rejected")),
        "residual": getattr(model, "residual_", None),
        "burstiness": getattr(model, "burstiness_", None),
        "n_iter": getattr(model, "n_iter_", None),
        "stop_reason": getattr(model, "stop_reason_", None),
        "fit_seconds": getattr(model, "seconds_", {}),
        "host_crossings": sum(row["times"] for row in ledger if row["copies"] == "host"),
    }
    pictures |= {"timeline": figures.timeline(run.stages), "ledger": figures.ledger(ledger)}
    told = story(measured, rows, typical)
    return run.finish(measured, story=told, figures=pictures, ledger=ledger)
