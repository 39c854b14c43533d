"""From items and a crowd's votes to labels, a model, and what to label next; and the next round from there.

``python -m pipelines.trinity --data items.parquet --text body --votes votes.csv``
"""

from dataclasses import replace
from typing import Any

import pyarrow as pa

from etl.crowd.votes import Votes
from etl.engine.types import Array, Index
from etl.handoff import to_arrow, to_list, to_pandas
from etl.ids import places, spell
from models.crowd import judged
from models.crowd.annotator_graph import AnnotatorGraph
from models.crowd.dawid_skene import DawidSkene
from models.crowd.joint_em import folds
from models.crowd.known_labels import by_others
from models.crowd.majority import MajorityVote
from models.crowd.one_coin import OneCoin
from models.crowd.pooled import PooledDawidSkene
from pipelines.run import Result, Run
from pipelines.trinity import choose, measures, train, worth
from pipelines.trinity.apply import TrinityModel
from pipelines.trinity.compare import compare
from pipelines.trinity.config import Config
from pipelines.trinity.data import Loaded, load, votes_table
from pipelines.trinity.features import Features
from pipelines.trinity.figures import all_figures
from pipelines.trinity.shape import Shaper
from pipelines.trinity.state import State, going_on
from pipelines.trinity.story import story
from pipelines.trinity.train import Choice, Compared, Fitted, Training

__all__ = ["Config", "main"]

METHODS = {
    "majority": MajorityVote(),
    "one_coin": OneCoin(),
    "dawid_skene": DawidSkene(),
    "pooled_dawid_skene": PooledDawidSkene(),
}
COMPARABLE = 3_000_000
"""Votes above which workers are not compared with each other."""


def main(config: Config) -> Result:
    """Load, aggregate, shape, train, choose, report; returns the run."""
    with Run("trinity", config) as run:
        with run.step("load"):
            loaded = load(config, run)
        with run.step("aggregate"):
            rows, known = places(loaded.index, loaded.votes.tasks), measures.known_codes(loaded)
            if loaded.gold is not None:
                loaded = replace(loaded, votes=replace(loaded.votes, gold=known[rows]))
            graph, once = compared_workers(config, run, loaded.votes)
            P = aggregate(config, run, once)
        with run.step("shape"):
            shaper, features = shape(config, run, loaded)
            loaded, training = loaded.shaped(), Training(features, rows, once, P)
            del features  # so that what no model reads can be let go
        with run.step("train"):
            training, worths = told_apart(config, run, training, loaded, shaper)
            compared, fitted = learn(config, run, training, loaded)
            training = replace(training, features=training.features.only(fitted.choice.learner))
        with run.step("judge"):
            q = of_all(training, fitted)
            found = judge(config, run, loaded, training, compared, fitted, q, known)
        with run.step("choose"):
            asked = choose.next_votes(config, run, training, fitted, q, known)
            found |= {"chosen": choose.write(run, loaded, asked), "features": worths}
        voters = config.workers if fitted.choice.learner == "network" else 1
        if loaded.gold is not None or voters > 1:
            with run.step("finish"):
                fitted = finished(config, run, training, fitted, known, voters)
        return report(config, run, loaded, shaper, training, fitted, graph, q, known, found)


def compared_workers(config: Config, run: Run, votes: Votes) -> tuple[AnnotatorGraph | None, Votes]:
    """Who copies or guesses, and the votes in which those of copiers count once."""
    if len(votes.labels) < 2:
        raise ValueError(f"all votes are for one label, {votes.labels[0]!r}; a model needs two")
    if len(votes) > COMPARABLE:
        run.say(f"workers: not compared with each other, as {len(votes):,} votes are many")
        return None, votes
    graph = AnnotatorGraph(random_state=config.seed).fit(votes)
    once = graph.counted_once(votes)
    for ring in graph.rings_:
        run.say(f"ring: {', '.join(map(spell, ring))} copy each other, so that they count as one worker")
    if graph.rings_:
        run.say(f"votes: {len(once):,} of {len(votes):,} count, as copies tell nothing new")
    return graph, once


def aggregate(config: Config, run: Run, votes: Votes) -> Array:
    """Probability of each label of each task by its votes."""
    if votes.gold is not None:
        run.say(
            "known labels: workers are judged on them; a label that is known is compared with what workers "
            "say who are judged on others"
        )
    return by_others(
        METHODS[config.aggregate], votes, folds(len(votes.tasks), train.FOLDS, config.seed, votes)
    )


def shape(config: Config, run: Run, loaded: Loaded) -> tuple[Shaper, Features]:
    """Features of all items, with votes or without; those of an earlier run as they are."""
    if loaded.state is not None:
        return loaded.state.shaper, loaded.state.features
    assert loaded.items is not None
    shaper = Shaper()
    features = shaper.fit_transform(loaded.items, run, config.topics, config.seed)
    n, d = features.dense.shape
    words = f", and {features.words.shape[1]:,} words and characters" if features.words is not None else ""
    run.say(f"features: {n:,} items, {d} columns{words}")
    return shaper, features


def told_apart(
    config: Config, run: Run, training: Training, loaded: Loaded, shaper: Shaper
) -> tuple[Training, dict[str, Any]]:
    """The features that models are better off with, and what each block is worth; a first run asks alone."""
    if loaded.state is not None:
        return training, {}
    kept, found = worth.worthwhile(run, training, config.seed)
    features = shaper.keep(training.features, kept)
    return replace(training, features=features), {name: each._asdict() for name, each in found.items()}


def learn(config: Config, run: Run, training: Training, loaded: Loaded) -> tuple[Compared, Fitted]:
    """Compare the models and train the best; a run that is continued trains what the first one chose."""
    if loaded.state is None:
        compared = compare(run, training, config.learners, config.seed)
        return compared, compared.fitted or train.fit(training, compared.choice, config.seed, run.workers)
    choice = Choice(**loaded.state.choice)
    run.say(
        f"model: {choice.name.replace('_', ' ')}, as in the first round; others are compared in a new run"
    )
    old = loaded.state.q[training.rows]
    known = old if old.shape == training.P.shape else None
    fitted = train.fit(training, choice, config.seed, run.workers, known)
    predicted = {choice.name: fitted.q.argmax(axis=1)}
    judgement = judged.judge(training.votes, training.P, predicted, random_state=config.seed)
    return Compared(choice, judgement, predicted, training.rows), fitted


def of_all(training: Training, fitted: Fitted) -> Array:
    """Probabilities of all items' labels by models that did not see their votes, (items, classes)."""
    xp, learner = training.votes.engine.xp, fitted.choice.learner
    q = xp.empty((len(training.features.dense), fitted.q.shape[1]))
    q[training.rows] = fitted.q
    unvoted = xp.ones(len(q), dtype=bool)
    unvoted[training.rows] = False
    rest = xp.flatnonzero(unvoted)
    if len(rest):
        q[rest] = fitted.model.predict_proba(training.features.rows(learner, rest))
    return q


def judge(
    config: Config,
    run: Run,
    loaded: Loaded,
    training: Training,
    compared: Compared,
    fitted: Fitted,
    q: Array,
    known: Array,
) -> dict[str, Any]:
    """Accuracy by known labels where there are some, and as the votes alone tell it."""
    few = training.sample(train.COMPARED, config.seed)
    majority = MajorityVote().fit(few.votes.unaware()).predict_proba().values
    by_majority = judged.judge(few.votes, majority, {}, random_state=config.seed).estimate("labels")
    estimate = measures.of_votes_alone(compared.judgement, by_majority)
    has_gold = loaded.gold is not None and len(loaded.gold) > 0
    accuracy = measures.of_gold(known, training, compared, fitted, q) if has_gold else {}
    best = compared.choice.name
    if not accuracy:
        run.say(
            "judged: without known labels, by the votes alone; see estimate in metrics.json for intervals"
        )
    earlier = loaded.state.rounds if loaded.state else []
    here = measures.point(len(earlier), len(loaded.votes), estimate, accuracy, best)
    return {
        "accuracy": accuracy,
        "estimate": estimate,
        "gains": measures.gains(accuracy, estimate, best),
        "model": best,
        "learner": compared.choice.learner,
        "doubtful": measures.doubtful(training, fitted, loaded.index),
        "workers_in_doubt": measures.workers(loaded.votes, fitted),
        "errors_by_topic": measures.errors_by_topic(training, fitted),
        "rounds": [*earlier, here],
    }


def finished(
    config: Config, run: Run, training: Training, fitted: Fitted, known: Array, voters: int
) -> Fitted:
    """The model that is kept, which learns from known labels too once it is judged by them."""
    if bool((known >= 0).any()):
        run.say("known labels: models are judged by them first; what is kept has learnt from them too")
    if voters > 1:
        run.say(
            f"network: what is kept is trained by the majority vote of {voters} workers; judged was one's"
        )
    seed, workers = config.seed, run.workers
    return replace(fitted, model=train.once_more(training, fitted, known, seed, workers, max(1, voters)))


def report(
    config: Config,
    run: Run,
    loaded: Loaded,
    shaper: Shaper,
    training: Training,
    fitted: Fitted,
    graph: AnnotatorGraph | None,
    q: Array,
    known: Array,
    found: dict[str, Any],
) -> Result:
    """Write labels, metrics, figures and the model, and close the run."""
    write_labels(run, loaded, training, fitted, q, known)
    found |= {
        "items": len(loaded.index),
        "votes": len(loaded.votes),
        "tasks": len(training.votes.tasks),
        "workers": len(training.votes.workers),
        "classes": len(training.votes.labels),
        "rings": None if graph is None else [list(map(str, ring)) for ring in graph.rings_],
        "spammers": None if graph is None else list(map(str, graph.spammers_)),
    }
    found = run.measured(found)
    model = kept(config, run, loaded, shaper, training, fitted, q, found["rounds"])
    return run.finish(found, story=story(found), figures=all_figures(found), model=model)


def kept(
    config: Config,
    run: Run,
    loaded: Loaded,
    shaper: Shaper,
    training: Training,
    fitted: Fitted,
    q: Array,
    rounds: list[dict[str, Any]],
) -> TrinityModel:
    """What is applied to new items, and gone on from."""
    form = loaded.state.form if loaded.state else config.form()
    state = State(
        votes_table(loaded.votes),
        _ids(loaded.index),
        training.features,
        shaper,
        _truth(loaded),
        {name: getattr(fitted.choice, name) for name in ("learner", "C", "joint")},
        rounds,
        form,
        loaded.previews,
        going_on(training, fitted, q, [each["votes"] for each in rounds]),
    )
    labels = to_list(training.votes.labels)
    return TrinityModel(fitted.model, fitted.choice.learner, labels, shaper, run.engine, form, state)


def _ids(index: Index) -> pa.Array:
    return pa.array(to_list(index))


def _truth(loaded: Loaded) -> pa.Table | None:
    if loaded.gold is None:
        return None
    frame = loaded.gold.rename("label").reset_index()
    return to_arrow(frame).rename_columns(["task", "label"])


def write_labels(
    run: Run, loaded: Loaded, training: Training, fitted: Fitted, q: Array, known: Array
) -> None:
    """Every item's label: known, by votes and model, or by the model alone; and what was learnt of it."""
    df, xp = run.engine.df, run.engine.xp
    P, votes, index = q.copy(), xp.zeros(len(q), dtype="int64"), loaded.index
    P[training.rows] = fitted.P
    votes[training.rows] = xp.diff(loaded.votes.starts)
    labels, learnt, certain = training.votes.labels, P.argmax(axis=1), known >= 0
    table = df.DataFrame({"task": index, "label": labels.take(xp.where(certain, known, learnt))})
    table["probability"], table["votes"] = xp.where(certain, 1.0, P.max(axis=1)), votes
    table["learnt"] = labels.take(learnt)
    to_pandas(table).to_parquet(run.path("labels.parquet"), index=False)
