"""Which labels can be trusted, which workers, and what does a model learn from them? Votes in, a report out.

``python -m pipelines.crowd --votes votes.csv --truth truth.csv --features features.csv``
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from sklearn.base import clone

from etl.crowd import read
from etl.crowd.votes import Votes
from etl.engine.types import Frame, Series
from etl.handoff import to_pandas
from etl.pieces import Pieces
from etl.records import Repeated, of_kind
from etl.records.waiting import doing
from models.crowd.aggregator import Aggregator
from models.crowd.annotator_graph import AnnotatorGraph
from models.crowd.dawid_skene import DawidSkene
from models.crowd.fold_in import FoldIn
from models.crowd.glad import GLAD
from models.crowd.mace import MACE
from models.crowd.majority import MajorityVote, Wawa
from models.crowd.one_coin import OneCoin
from models.crowd.pooled import PooledDawidSkene
from models.crowd.zero_based_skill import ZeroBasedSkill
from pipelines.crowd import measures
from pipelines.crowd.apply import MOST, CrowdModel, posterior_table
from pipelines.crowd.classifier import Classifier
from pipelines.crowd.config import Config
from pipelines.crowd.data import Items, demonstration, load_items
from pipelines.crowd.figures import all_figures
from pipelines.crowd.measures import Points
from pipelines.crowd.plan import affordable
from pipelines.crowd.story import story
from pipelines.run import Result, Run

METHODS: dict[str, Aggregator] = {
    "majority": MajorityVote(),
    "wawa": Wawa(),
    "zero_based_skill": ZeroBasedSkill(),
    "one_coin": OneCoin(),
    "dawid_skene": DawidSkene(),
    "pooled_dawid_skene": PooledDawidSkene(),
    "glad": GLAD(),
    "mace": MACE(),
}
CHOSEN = "pooled_dawid_skene"
"""Whose labels are written: at least as good as Dawid-Skene and one-coin over ten real sets."""
INSTEAD = "one_coin"
"""Whose labels are written where there are too many for that."""
LARGE = 3_000_000
"""Votes above which the graph and the curves, which need several passes each, are left out."""


def main(config: Config) -> Result:
    """Load, aggregate, look at the workers, learn, report; returns the run."""
    with Run("crowd", config) as run:
        with run.step("load"):
            pieces, items = load(config, run)
            items = replace(items, learner=config.learner, threads=run.workers)
        with run.step("aggregate"):
            methods = affordable(run, pieces, METHODS)
            fitted = {name: fit(name, method, pieces) for name, method in methods.items()}
            labels = {name: method.predict() for name, method in fitted.items()}
        with run.step("workers"):
            votes = together(run, pieces, fitted)
            graph = AnnotatorGraph(random_state=config.seed).fit(votes) if votes else None
        with run.step("learn"):
            points = measures.learn(config, run, votes, items, methods) if votes else {}
            probability = fitted[chosen(fitted)].predict_proba()
            known = measures.of_classifier(run, items if CHOSEN in fitted else None, votes, probability)
        write(run, labels[chosen(fitted)], probability, graph)
        found = measures.of_labels(fitted, labels, items) | {"classifier": known[1]}
        found |= measures.of_votes(fitted[chosen(fitted)], items, probability.index, run.records)
        return report(run, config, fitted, graph, points, known[0], found)


def fit(name: str, method: Aggregator, pieces: Pieces) -> Aggregator:
    """A method, fitted to all votes."""
    doing(name.replace("_", " "))
    return clone(method).fit(pieces)


def chosen(fitted: Mapping[str, Aggregator]) -> str:
    """The method whose labels are written."""
    return CHOSEN if CHOSEN in fitted else INSTEAD


def load(config: Config, run: Run) -> tuple[Pieces, Items]:
    """Votes coded in pieces, and what is known of their tasks."""
    if config.votes is None:
        run.say("votes: none were given, so simulated workers label scikit-learn's digits")
        votes, items = demonstration(run.engine, config.seed)
        return Pieces([votes], executor=run.executor), items
    told = replace(config.told("votes"), wide=config.wide)
    pieces = read.pieces(
        config.votes,
        run.engine,
        run.scratch,
        config.columns,
        executor=run.executor,
        told=told,
        repeated=config.repeated,
    )
    if dropped := sum(entry.rows for entry in of_kind(run.records, Repeated)):
        run.say(f"repeated votes: {dropped:,} dropped, as the {config.repeated} of a worker on a task counts")
    items = load_items(config, pieces.items, run.engine)
    run.say(f"pieces: {len(pieces)}, each with all votes of its tasks")
    return pieces.persist(), items


def together(run: Run, pieces: Pieces, fitted: dict[str, Aggregator]) -> Votes | None:
    """The votes as one, for what compares them many times; None where they, or labels, are too many."""
    if CHOSEN not in fitted:
        run.say("graph and curves: left out, as they need confusions of so many labels")
        return None
    votes = fitted[CHOSEN].n_votes_
    if len(pieces) == 1 and votes <= LARGE:
        return next(iter(pieces))
    run.say(f"graph and curves: left out, as {votes:,} votes in {len(pieces)} pieces are too many for them")
    return None


def report(
    run: Run,
    config: Config,
    fitted: Mapping[str, Aggregator],
    graph: AnnotatorGraph | None,
    points: Points,
    classifier: Classifier | None,
    found: dict[str, Any],
) -> Result:
    """Write metrics, figures and the model, and close the run."""
    name = chosen(fitted)
    found |= {"repeated": config.repeated, **measures.of_curves(points), **measures.of_graph(graph)}
    found = run.measured(found)
    return run.finish(
        found,
        story=story(found),
        figures=all_figures(fitted[name], graph, points),
        model=CrowdModel(FoldIn.of(fitted[name]), classifier, config.form()),
        warning=measures.warning(found, name),
    )


def write(run: Run, labels: Series, probability: Frame, graph: AnnotatorGraph | None) -> None:
    """Write labels with the whole posterior, and workers."""
    likeliest = run.engine.df.Series(probability.values.max(axis=1), index=probability.index)
    table = run.engine.df.DataFrame({"label": labels, "probability": likeliest})
    write_csv(table, "task", run.path("labels.csv"))
    if len(probability.columns) > MOST:
        run.say(f"labels.parquet: without the probability of each, as {len(probability.columns):,} are many")
    whole = posterior_table(labels, probability)
    to_pandas(whole).to_parquet(run.path("labels.parquet"), index=False)
    if graph:
        write_csv(graph.report_, "worker", run.path("workers.csv"))


def write_csv(frame: Frame, name: str, path: Path) -> None:
    """Write a frame as CSV, its index as the first column, of that name."""
    table = to_pandas(frame.reset_index())
    table.set_axis([name, *table.columns[1:]], axis=1).to_csv(path, index=False)
