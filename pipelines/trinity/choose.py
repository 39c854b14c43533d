"""What to ask next: items and how many votes of each, written for those who send them out."""

import csv
from typing import Any

import numpy as np

from etl.engine.types import Array, Index
from etl.handoff import to_host, to_list
from etl.ids import spell
from pipelines.run import Run
from pipelines.trinity.config import Config
from pipelines.trinity.data import Loaded
from pipelines.trinity.train import Fitted, Training

SHARE = 0.1
"""Of the votes that there are, which are asked for by default."""


def next_votes(
    config: Config, run: Run, training: Training, fitted: Fitted, q: Array, index: Index
) -> dict[str, Any]:
    """Items to ask about, votes of each and why."""
    budget = config.budget or max(1, round(SHARE * len(training.votes)))
    if not config.budget:
        run.say(f"budget: {budget:,} votes, a tenth of those that there are; --budget names another")
    xp = training.votes.engine.xp
    P = q.copy()
    P[training.rows] = fitted.P
    order = to_host(xp.argsort(P.max(axis=1))[:budget])
    return {"rows": order, "votes": np.ones(len(order), int), "why": ["doubtful"] * len(order)}


def write(run: Run, loaded: Loaded, asked: dict[str, Any]) -> dict[str, Any]:
    """Write ``next.csv``: task, votes to ask for, why, and how its text begins."""
    rows = [int(row) for row in asked["rows"]]
    names = to_list(loaded.index.take(loaded.votes.engine.xp.asarray(asked["rows"])))
    texts = loaded.items.previews(rows) if loaded.items is not None else [""] * len(rows)
    with run.path("next.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["task", "votes", "why", "text"])
        for name, votes, why, text in zip(names, asked["votes"], asked["why"], texts, strict=True):
            table.writerow([spell(name) if not isinstance(name, str) else name, int(votes), why, text])
    votes = int(sum(int(own) for own in asked["votes"]))
    return {"items": len(rows), "votes": votes}
