"""What to ask next: items and how many votes of each, written for those who send them out."""

import csv
from typing import Any

import pyarrow as pa

from etl.engine.types import Array
from etl.handoff import to_host, to_list
from etl.ids import tally
from models.crowd.confusion_steps import confusions, vote_posterior
from models.crowd.next_votes import WHY, Asked, NextVotes
from models.crowd.products import clamp
from pipelines.run import Run
from pipelines.trinity.config import Config
from pipelines.trinity.data import Loaded
from pipelines.trinity.train import Fitted, Training

SMOOTHING = 3.0
"""Votes that the pooled confusion counts as, for each worker and label."""
SHARE = 0.1
"""Of the votes that there are, which are asked for by default."""


def next_votes(config: Config, run: Run, training: Training, fitted: Fitted, q: Array, known: Array) -> Asked:
    """Items to ask about, votes of each and why, by what a vote tells.

    Parameters
    ----------
    config, run, training, fitted
    q : float64 array, shape (items, classes)
        Probabilities of each item's labels by a model that did not see its votes.
    known : int64 array, shape (items,)
        Code of each item's label, -1 where none is known; the others tell nothing, and are not asked about.
    """
    budget = config.budget
    if budget is None:
        budget = max(1, round(SHARE * len(training.votes)))
        run.say(f"budget: {budget:,} votes, a tenth of those that count; --budget names another")
    elif not budget:
        run.say("budget: no votes, so that nothing is asked for, and next.csv has no rows")
    xp, votes = training.votes.engine.xp, training.votes
    alone, count = xp.full(q.shape, 1.0 / q.shape[1]), xp.zeros(len(q), dtype="int64")
    params = confusions(votes, fitted.P, SMOOTHING, "uniform")
    weights = tally(votes.worker, len(votes.workers)).astype("float64")
    skill = (params.confusion * weights[:, None, None]).sum(axis=0) / weights.sum()
    alone[training.rows] = vote_posterior(votes, params)
    alone, count[training.rows] = clamp(alone, known), xp.diff(votes.starts)
    most = max(1, -(-2 * budget // len(q))) if 2 * budget > len(q) else 1
    if most > 1:
        run.say(f"budget: up to {most} votes an item, as it is {budget:,} votes for {len(q):,} items")
    return NextVotes(skill, most=most, seed=config.seed).choose(budget, alone, q, count)


def write(run: Run, loaded: Loaded, asked: Asked) -> dict[str, Any]:
    """Write ``next.csv``: task, votes to ask for, why, and how its text begins; returns what it holds."""
    rows = [int(row) for row in to_host(asked.items)]
    names = to_list(loaded.index.take(asked.items))
    votes, why = to_host(asked.workers).tolist(), [WHY[code] for code in to_host(asked.why)]
    texts = loaded.previews.take(pa.array(rows, pa.int64())).to_pylist()
    with run.path("next.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["task", "votes", "why", "text"])
        table.writerows(zip(names, votes, why, texts, strict=True))
    kinds = {kind: why.count(kind) for kind in WHY}
    return {"items": len(rows), "votes": sum(votes), **kinds}
