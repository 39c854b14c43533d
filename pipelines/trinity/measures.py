"""What a run of the flow comes to: accuracies, known or estimated, gains of stages, doubts, errors."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from etl.crowd.votes import Votes
from etl.engine import array_namespace
from etl.engine.types import Array, Index
from etl.handoff import numbers, to_host, to_list
from etl.ids import factorize, places, spell, tally
from models.crowd.judged import Estimate, Judgement
from models.crowd.majority import MajorityVote
from models.crowd.products import clamp
from models.crowd.rectified import wilson
from pipelines.trinity.data import Loaded
from pipelines.trinity.train import Compared, Fitted, Training

WORST = 20
"""Items and workers of the tables of doubt."""


def known_codes(loaded: Loaded) -> Array:
    """Code of each item's known label, int64, shape (items,); -1 where none is known."""
    gold, votes = loaded.gold, loaded.votes
    known = votes.engine.xp.full(len(loaded.index), -1)
    if gold is not None and len(gold):
        codes, labels = factorize(gold)
        rows, found = places(loaded.index, gold.index), places(votes.labels, labels)[codes]
        known[rows[rows >= 0]] = found[rows >= 0]
    return known


def of_gold(
    known: Array, training: Training, compared: Compared, fitted: Fitted, q_all: Array
) -> dict[str, Any]:
    """Share of known labels that are found: by the labels, by each model on tasks not seen, by the flow.

    Parameters
    ----------
    known : int64 array, shape (items,)
        See `known_codes`.
    training, compared, fitted
    q_all : float64 array, shape (items, classes)
        Of the chosen model, of each item by one that did not see it.

    Returns
    -------
    dict
        ``{name: {"value", "low", "high", "tasks"}}``.
    """
    xp = array_namespace(training.P)
    majority = MajorityVote().fit(training.votes.unaware()).predict_proba().values.argmax(axis=1)
    told = {
        "majority": (majority, training.rows),
        "labels": (training.P.argmax(axis=1), training.rows),
        "labels_joint": (fitted.P.argmax(axis=1), training.rows),
    }
    told |= {name: (codes, compared.rows) for name, codes in compared.predicted.items()}
    told["flow"] = (q_all.argmax(axis=1), xp.arange(len(known)))
    if not fitted.choice.joint:
        told.pop("labels_joint")
    sums = []
    for codes, own in told.values():
        there = known[own] >= 0
        sums += [(there & (codes == known[own])).sum(), there.sum()]
    found = iter(numbers(sums))
    return {name: share(next(found), next(found)) for name in told}


def share(hits: float, tasks: float) -> dict[str, Any]:
    """A share with its 95 % interval, see `models.crowd.rectified.wilson`.

    Examples
    --------
    >>> {name: round(value, 2) for name, value in share(8, 10).items()}
    {'value': 0.8, 'low': 0.49, 'high': 0.94, 'tasks': 10}
    """
    if not tasks:
        return {"value": None, "low": None, "high": None, "tasks": 0}
    low, high = wilson(hits, int(tasks))
    return {"value": hits / tasks, "low": low, "high": high, "tasks": int(tasks)}


def of_votes_alone(judgement: Judgement, majority: Estimate) -> dict[str, Any]:
    """Accuracy of majority, labels and models, as the votes tell it, with intervals."""
    found = {name: plain(judgement.estimate(name)) for name in judgement.draws}
    return {"majority": plain(majority)} | found


def plain(estimate: Estimate) -> dict[str, Any]:
    """For JSON."""
    return {name: value for name, value in asdict(estimate).items() if name != "method"}


def gains(accuracy: Mapping[str, Any], estimate: Mapping[str, Any], best: str) -> list[dict[str, Any]]:
    """What each stage is right on: votes, aggregation, words or columns, the model, learnt jointly.

    Returns
    -------
    list of dict
        ``stage, name, value, low, high, known``, in the order of the stages.
    """
    stages = [("votes", "majority"), ("aggregation", "labels"), ("aggregation", "labels_joint")]
    models = [name for name in estimate if name not in ("majority", "labels", "joint_em")]
    stages += [("model", name) for name in sorted(models, key=lambda name: estimate[name]["value"])]
    stages += [("jointly", "joint_em")]
    source = accuracy if accuracy else estimate
    return [
        {"stage": stage, "name": name, "known": bool(accuracy), "chosen": name == best, **source[name]}
        for stage, name in stages
        if name in source
    ]


def doubtful(training: Training, fitted: Fitted, ids: Index) -> list[dict[str, Any]]:
    """Tasks whose label is least sure: what votes say, what the model says, and how many votes there are."""
    xp = array_namespace(fitted.P)
    sure = fitted.P.max(axis=1)
    order = xp.argsort(sure, kind="stable")[:WORST]
    labels = to_list(training.votes.labels)
    told = [
        training.P[order].argmax(axis=1),
        fitted.q[order].argmax(axis=1),
        sure[order],
        xp.diff(training.votes.starts)[order],
    ]
    by_votes, by_model, share, votes = (to_host(own) for own in told)
    names = to_list(ids.take(training.rows[order]))
    return [
        {
            "task": spell(names[place]),
            "by_votes": spell(labels[by_votes[place]]),
            "by_model": spell(labels[by_model[place]]),
            "probability": float(share[place]),
            "votes": int(votes[place]),
        }
        for place in range(len(names))
    ]


def workers(votes: Votes, fitted: Fitted) -> list[dict[str, Any]]:
    """Workers who agree least with the labels, known ones first, of those with ten votes and more."""
    P = fitted.P if votes.gold is None else clamp(fitted.P.copy(), votes.gold)
    right = P[votes.task, votes.label]
    count = to_host(tally(votes.worker, len(votes.workers)))
    hits = to_host(tally(votes.worker, len(votes.workers), right.astype("float64")))
    share = np.where(count > 0, hits / np.maximum(count, 1), 1.0)
    order = [int(place) for place in np.argsort(share, kind="stable") if count[place] >= 10][:WORST]
    names = to_list(votes.workers)
    return [{"worker": spell(names[i]), "votes": int(count[i]), "right": float(share[i])} for i in order]


def errors_by_topic(training: Training, fitted: Fitted) -> list[dict[str, Any]]:
    """How often the model differs from the label, by the topic that a text is most about."""
    names = training.features.names
    places_of = [place for place, name in enumerate(names) if name.startswith("topic_")]
    if not places_of:
        return []
    first, last = places_of[0], places_of[-1] + 1  # they stand together
    about = training.features.dense[:, first:last].argmax(axis=1)[training.rows]
    wrong = 1.0 - (fitted.P * (fitted.q == fitted.q.max(axis=1, keepdims=True))).sum(axis=1)
    count = to_host(tally(about, len(places_of)))
    sums = to_host(tally(about, len(places_of), wrong.astype("float64")))
    return [
        {"topic": place, "tasks": int(count[place]), "wrong": float(sums[place] / count[place])}
        for place in range(len(places_of))
        if count[place]
    ]


def point(
    number: int, votes: int, estimate: Mapping[str, Any], accuracy: Mapping[str, Any], best: str
) -> dict[str, Any]:
    """A round of the curve."""
    known = accuracy.get("flow") or {}
    return {
        "round": number,
        "votes": votes,
        "labels": estimate["labels"]["value"],
        "model": estimate[best]["value"],
        "low": estimate[best]["low"],
        "high": estimate[best]["high"],
        "known": known.get("value"),
    }
