"""Which labels can be trusted, which workers, and what does a model learn from them? Votes in, a report out.

``python -m pipelines.crowd --votes votes.csv --truth truth.csv --features features.csv``
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from etl import executors, handoff, records
from etl.crowd import read
from etl.crowd.votes import COLUMNS, Votes
from etl.engine import Device, choose, devices
from etl.mortgage import plan
from etl.pieces import Pieces
from models.crowd.aggregator import Aggregator
from models.crowd.annotator_graph import AnnotatorGraph
from models.crowd.baselines import Method, train
from models.crowd.dawid_skene import DawidSkene
from models.crowd.glad import GLAD
from models.crowd.mace import MACE
from models.crowd.majority import MajorityVote, Wawa
from models.crowd.one_coin import OneCoin
from models.crowd.pooled import PooledDawidSkene
from models.crowd.redundancy import curve, is_single_best
from models.crowd.zero_based_skill import ZeroBasedSkill
from pipelines import figures
from pipelines.crowd import figures as crowd_figures
from pipelines.crowd.data import Items, demonstration, load_items
from pipelines.crowd.story import story
from pipelines.run import Run, step

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
TRAINED: tuple[Method, ...] = ("majority", "votes", "dawid_skene", "mbem", "gold")
LARGE = 3_000_000
"""Votes above which the graph and the curves, which need several passes each, are left out."""


@dataclass(frozen=True)
class Config:
    """From a table of votes to trusted labels, the quality of workers, and a trained model."""

    votes: Path | None = None
    """CSV or Parquet file, or directory, of votes; none takes a demonstration with simulated workers."""
    truth: Path | None = None
    """CSV or Parquet file with the known labels of some tasks: columns task and label."""
    features: Path | None = None
    """Features of the tasks: .npy by task number, or CSV or Parquet with a column task."""
    text: Path | None = None
    """Or their text: .txt with a line a task, or CSV or Parquet with columns task and text."""
    columns: tuple[str, str, str] = COLUMNS
    """Names of the columns of task, worker and label in the votes."""
    device: Device = "auto"
    """Where the data lives; auto takes a GPU if one answers."""
    workers: int = 0
    """Threads, or processes with --scheduler local; 0 takes all usable cores (or GPUs)."""
    scheduler: str = "threads"
    """threads, local (a Dask cluster started here), or tcp://host:port of one that runs."""
    out: Path = Path("runs")
    """Directory of run folders."""
    redundancies: tuple[int, ...] = (1, 2, 3, 5)
    """Votes a task to compare."""
    draws: int = 5
    """Random draws of votes that each comparison is made with."""
    seed: int = 0
    """Of draws, ties and models."""


def main(config: Config) -> Path:
    """Load, aggregate, look at the workers, learn, report; returns the run's folder."""
    engine = choose(config.device)
    workers = config.workers or (devices()[0] if engine.name == "gpu" else plan.cores())
    with (
        Run("crowd", config, out=config.out, engine=engine) as run,
        records.collect() as entries,
        executors.active(engine, workers, config.scheduler) as executor,
    ):
        with step(run, "load"):
            pieces, items = load(config, run, executor)
        with step(run, "aggregate"):
            fitted, labels = aggregate(pieces)
        with step(run, "workers"):
            whole = bring(run, pieces, fitted[CHOSEN].n_votes_)
            graph = AnnotatorGraph(random_state=config.seed).fit(whole) if whole else None
        with step(run, "learn"):
            points = learn(config, run, whole, items) if whole else {}
        return report(run, entries, fitted, labels, graph, points, items)


def load(config: Config, run: Run, executor: executors.Executor) -> tuple[Pieces, Items]:
    """Votes coded in pieces, and what is known of their tasks."""
    if config.votes is None:
        run.say("votes: none were given, so simulated workers label scikit-learn's digits")
        votes, items = demonstration(run.engine, config.seed)
        return Pieces([votes], executor=executor), items
    pieces = read.pieces(config.votes, run.engine, run.scratch, config.columns, executor=executor).persist()
    items = load_items(config.truth, config.features, config.text, run.engine)
    run.say(f"pieces: {len(pieces)}, each with all votes of its tasks")
    return pieces, items


def aggregate(pieces: Pieces) -> tuple[dict[str, Aggregator], dict[str, Any]]:
    """Every method fitted, and the label of every task by each."""
    fitted = {name: method.fit(pieces) for name, method in METHODS.items()}
    return fitted, {name: method.predict() for name, method in fitted.items()}


def bring(run: Run, pieces: Pieces, votes: int) -> Votes | None:
    """The votes as one, for what compares them many times; None where they are too many for that."""
    if len(pieces) == 1 and votes <= LARGE:
        return next(iter(pieces))
    run.say(f"graph and curves: left out, as {votes:,} votes in {len(pieces)} pieces are too many for them")
    return None


def learn(config: Config, run: Run, votes: Votes, items: Items) -> dict[str, list[dict[str, Any]]]:
    """Accuracy by votes a task: of models where there are features, else of the aggregated labels."""
    if items.truth is None:
        run.say("curves: left out, as no labels are known")
        return {}
    seeds = range(config.seed, config.seed + config.draws)
    if items.X is None:
        run.say("curves: of aggregated labels, as there are neither features nor text to train a model on")
        measure: Any = partial(agreement, truth=items.truth)
        return {
            "votes": curve(votes.on(items.truth.index), measure, list(METHODS), config.redundancies, seeds)
        }
    votes, test = items.part(votes)
    run.say(f"curves: of models, judged on {len(test):,} tasks with known labels whose votes are not used")
    measure = partial(score, items=items, test=test)
    usable = tuple(name for name in TRAINED if name != "gold" or items.covers(votes))
    every = curve(votes, measure, usable, (*config.redundancies, 0), seeds)
    return {
        "budget": curve(votes, measure, usable, config.redundancies, seeds, len(votes.tasks)),
        "votes": every,
    }


def agreement(votes: Votes, method: str, seed: int, truth: Any) -> float:
    """Share of tasks whose aggregated label is the known one."""
    found = METHODS[method].fit_predict(votes)
    return accuracy(found, truth) or 0.0


def score(votes: Votes, method: Method, seed: int, items: Items, test: Any) -> float:
    """Accuracy, on the tasks kept aside, of a model trained on votes by a method."""
    model = train(
        items.estimator(), items.X, votes, method, tasks=items.tasks, gold=items.truth, random_state=seed
    )
    found = model.predict(items.rows(test))
    return float((found == items.truth.loc[test].values).mean())


def accuracy(found: Any, truth: Any) -> float | None:
    """Share of the tasks with known labels that have them; None where there is none."""
    both = found.index[found.index.isin(truth.index)] if truth is not None else []
    return float((found.loc[both] == truth.loc[both]).mean()) if len(both) else None


def report(
    run: Run,
    entries: list[records.Entry],
    fitted: dict[str, Aggregator],
    labels: dict[str, Any],
    graph: AnnotatorGraph | None,
    points: dict[str, list[dict[str, Any]]],
    items: Items,
) -> Path:
    """Write labels, workers, metrics, figures and the ledger, and close the run."""
    chosen = fitted[CHOSEN]
    share = chosen.predict_proba()
    table = run.engine.df.DataFrame({"label": labels[CHOSEN], "probability": share.max(axis=1)})
    table.to_csv(run.path("labels.csv"), index_label="task")
    ledger = handoff.ledger(entries)
    right = {name: accuracy(found, items.truth) for name, found in labels.items()}
    measured = {
        "accuracy": {name: value for name, value in right.items() if value is not None},
        "n_iter": {name: model.n_iter_ for name, model in fitted.items()},
        "stop_reason": {name: model.stop_reason_ for name, model in fitted.items()},
        "votes": chosen.n_votes_,
        "tasks": chosen.n_tasks_,
        "workers": len(chosen.workers_),
        "classes": len(chosen.classes_),
        "workers_with_one_vote": int((chosen.votes_ == 1).sum()),
        "tasks_without_votes": items.unvoted(share.index),
        "duplicates": sum(entry["votes"] for entry in records.of_kind(entries, "duplicates")),
        "quarantined": max([0, *(entry["rows"] for entry in records.of_kind(entries, "rejected"))]),
        "curves": points,
        "label_once": is_single_best(points.get("budget", [])),
        "rings": [list(map(str, ring)) for ring in graph.rings_] if graph else None,
        "spammers": list(map(str, graph.spammers_)) if graph else None,
        "host_crossings": sum(row["times"] for row in ledger if row["copies"] == "host"),
    }
    if graph:
        graph.report_.to_csv(run.path("workers.csv"), index_label="worker")
    pictures = crowd_figures.all_figures(chosen, graph, points) | {
        "timeline": figures.timeline(run.stages),
        "ledger": figures.ledger(ledger),
    }
    return run.finish(measured, story=story(measured), figures=pictures, ledger=ledger)
