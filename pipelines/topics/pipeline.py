"""What are these documents about? Texts or counts of words in; topics, a map of them and a report out.

``python -m pipelines.topics --data news.csv --text title body --topics 50``
"""

from operator import add
from pathlib import Path
from typing import Any

from etl.pieces import Pieces
from models.topics import documents, metrics
from models.topics.tensor_lda import TensorLDA
from pipelines.run import Run
from pipelines.topics import classify, holdout, measures, tables
from pipelines.topics import model as topics_model
from pipelines.topics.config import Columns, Config
from pipelines.topics.corpus import Corpus, count
from pipelines.topics.data import load
from pipelines.topics.figures import all_figures
from pipelines.topics.measures import Shares
from pipelines.topics.model import Topics
from pipelines.topics.story import story

__all__ = ["Columns", "Config", "main"]


def main(config: Config) -> Path:
    """Load, count, fit, judge, report; returns the run's folder."""
    with Run("topics", config) as run:
        saved = topics_model.load(config.model, run.engine) if config.model else None
        with run.step("load"):
            loaded = load(config, run)
        with run.step("count"):
            corpus = count(config, run, loaded, saved.terms if saved else ())
        with run.step("fit"):
            train, test = parts(config, run, corpus)
            topics = saved or fit(config, run, corpus, train)
        with run.step("judge"):
            found, shares = judge(config, run, corpus, topics, train, test)
            found |= recovered(topics, loaded.known)
            typical = tables.typical(corpus, shares)
        return report(run, corpus, topics, found, shares, typical)


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
    found = measures.quality(topics, test, train, size, config.seed)
    shares = measures.describe(corpus, topics, run.path("documents.parquet"), known.wanted)
    told = classify.classify(known, shares.kept, run.engine)
    return found | {"held_out": test.shape[0], "labels": told}, shares


def recovered(topics: Topics, known: Any) -> dict[str, float]:
    """Of known topics, the share that was found, and the mean L1 distance to them."""
    if known is None:
        return {}
    _, distance = metrics.match(topics.model.components_, known)
    return {"found": metrics.recovered_share(distance), "distance": float(distance.mean())}


def report(
    run: Run, corpus: Corpus, topics: Topics, found: dict[str, Any], shares: Shares, typical: tables.Rows
) -> Path:
    """Write topics, typical documents, metrics and figures, and close the run."""
    rows = tables.topics(topics, shares.prevalence, found["npmi"])
    tables.write(run.path("topics.csv"), rows)
    tables.write(run.path("typical.csv"), typical)
    pictures = all_figures(topics, rows, shares)
    found = run.measured(found | {"topics": len(rows)} | measures.counts(corpus) | measures.of_model(topics))
    found["npmi"] = float(found["npmi"].mean())
    return run.finish(found, story=story(found, rows, typical), figures=pictures)
