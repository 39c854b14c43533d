"""What are these documents about? Texts or counts of words in; topics, a map of them and a report out.

``python -m pipelines.topics --data news.csv --text title body --topics 50``
"""

from functools import partial
from operator import add
from typing import Any

from etl.engine.types import Array, Csr
from etl.pieces import Pieces
from etl.text import holdout
from models.topics import documents, metrics, saved_topics
from models.topics.classify import classify, split_labels
from models.topics.saved_topics import Topics
from models.topics.shares import Shares
from models.topics.tensor_lda import TensorLDA
from pipelines.run import Result, Run
from pipelines.topics import measures, tables
from pipelines.topics.apply import TopicModel
from pipelines.topics.columns import label_codes
from pipelines.topics.config import Columns, Config
from pipelines.topics.corpus import Corpus, count
from pipelines.topics.data import load
from pipelines.topics.figures import all_figures
from pipelines.topics.story import story

__all__ = ["Columns", "Config", "main"]


def main(config: Config) -> Result:
    """Load, count, fit, judge, report; returns the run."""
    with Run("topics", config) as run:
        saved = saved_topics.load(config.model, run.engine) if config.model else None
        with run.step("load"):
            loaded = load(config, run)
        with run.step("count"):
            corpus = count(config, run, loaded, saved)
        with run.step("fit"):
            train, test = parts(config, run, corpus)
            topics = saved or fit(config, run, corpus, train)
        with run.step("judge"):
            found, shares = judge(config, run, corpus, topics, train, test)
            found |= recovered(topics, loaded.known)
            typical = tables.typical(corpus, shares)
        learnt = None if saved else TopicModel(topics, run.engine, config.form())
        return report(run, corpus, topics, found, shares, typical, learnt)


def parts(config: Config, run: Run, corpus: Corpus) -> tuple[Pieces, Csr]:
    """Documents to learn from, and those held out; where nothing is learnt, all, and some of them."""
    size, learnt = len(corpus.lengths), config.model is None
    part = partial(holdout.part, corpus.counts, corpus.firsts, holdout.held_out(size, learnt), config.seed)
    test = documents.together(part(rest=False))
    run.say(
        f"judged on: {test.shape[0]:,} of {size:,} documents, {'held out' if learnt else 'none learnt from'}"
    )
    train = part(rest=True) if learnt else corpus.counts
    return train.persist() if learnt and corpus.whole else train, test


def fit(config: Config, run: Run, corpus: Corpus, train: Pieces) -> Topics:
    """Learn topics."""
    model = TensorLDA(config.topics, random_state=config.seed)
    model.fit(train, scratch=None if corpus.whole else run.scratch)
    for choice in model.choices_:
        run.say(choice)
    run.say(f"passes: {model.n_iter_}, as {model.stop_reason_}")
    words = train.reduce(documents.survey, add).words + 1
    settings = model.get_params() | {"n_components": len(model.components_)}
    return Topics(model, corpus.terms, words / words.sum(), settings, corpus.token_rule)


def judge(
    config: Config, run: Run, corpus: Corpus, topics: Topics, train: Pieces, test: Csr
) -> tuple[dict[str, Any], Shares]:
    """Quality of the topics, and the shares of all documents, from which labels are predicted if known."""
    size = len(corpus.lengths)
    known = split_labels(label_codes(corpus.about), holdout.held_out(size, True), config.seed)
    found = measures.quality(topics, test, train, size, config.seed)
    shares = measures.describe(corpus, topics, run.path("documents.parquet"), known.wanted)
    labels = classify(known, shares.kept, run.engine)
    return found | {"held_out": test.shape[0], "labels": labels}, shares


def recovered(topics: Topics, known: Array | None) -> dict[str, float]:
    """Of known topics, the share that was found, and the mean L1 distance to them."""
    if known is None:
        return {}
    _, distance = metrics.match(topics.model.components_, known)
    return {"found": metrics.recovered_share(distance), "distance": float(distance.mean())}


def report(
    run: Run,
    corpus: Corpus,
    topics: Topics,
    found: dict[str, Any],
    shares: Shares,
    typical: tables.Rows,
    learnt: TopicModel | None,
) -> Result:
    """Write topics, typical documents, metrics, figures and what was learnt, and close the run."""
    rows = tables.topics(topics, shares.prevalence, found["npmi"])
    tables.write(run.path("topics.csv"), rows)
    tables.write(run.path("typical.csv"), typical)
    pictures = all_figures(topics, rows, shares)
    found = run.measured(found | {"topics": len(rows)} | measures.counts(corpus) | measures.of_model(topics))
    found["npmi"] = float(found["npmi"].mean())
    return run.finish(found, story=story(found, rows, typical), figures=pictures, model=learnt)
