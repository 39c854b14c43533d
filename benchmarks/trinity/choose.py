"""How many votes a model needs, by how they are chosen: `models.crowd.next_votes` beside fixed redundancy.

``python -m benchmarks.trinity.choose --out benchmarks/results/trinity-choose-cpu.json``

Recorded votes are revealed one by one. From 10 % of them, rounds are asked for: by `NextVotes`, or random
items with 1, 3 or 5 votes each (then the next ones, and when all have so many, again). Accuracy is that of a
softmax regression on test rows with true labels; nothing else uses these. The goal is 95 % of its accuracy
with all votes.

Every choice, and all votes, go through the same flow, which keeps nothing from earlier rounds: a classifier
is cross-fitted on shares of votes, confusions are learnt with it as each item's prior (three folds, four
passes), and the final one is trained on these posteriors. Accuracies by round are made monotone (isotonic
regression) before the goal is looked up. Intervals are Student's, 95 %, over seeds, by which votes come in
another order and other items are drawn. The score was chosen on seeds from 100 on.
"""

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.isotonic import isotonic_regression
from threadpoolctl import threadpool_limits

from benchmarks import harness
from benchmarks.trinity.recorded import Recorded, read
from benchmarks.trinity.softmax import SoftmaxRegression
from etl.hashing import mix
from models.crowd import products
from models.crowd.confusion_steps import confusions, vote_posterior
from models.crowd.dawid_skene import LEAST, logs
from models.crowd.next_votes import NextVotes, combined
from models.crowd.redundancy import interval
from pipelines import parse

FOLDS, PASSES, STRENGTH = 3, 4, 3.0
"""Of the cross-fitted classifier; of EM; votes that the pooled confusion counts as."""
CHOICES = ("next_votes", "fixed 1", "fixed 3", "fixed 5")
SHARES = (0.1, 0.11, 0.12, 0.13, 0.14, 0.16, 0.18, 0.2, 0.22, 0.25, 0.28, 0.32, 0.36, 0.4, 0.45, 0.5)
"""Of all votes, asked by the end of each round."""
GOAL = 0.95
SURE = 3
"""Rounds in a row at the goal, after which a replay ends."""


@dataclass(frozen=True)
class Config:
    """Count the votes that a model needs, by how they are chosen."""

    data: Path = Path("../shared/data")
    """Directory with labelme, sentiment_polarity and text/nyt."""
    sets: tuple[str, ...] = ("labelme", "polarity", "nyt")
    """Names of the sets."""
    seeds: int = 5
    """Orders of votes and items, and workers of the articles."""
    first_seed: int = 0
    """The first of them."""
    C: float = 3.0
    """Inverse strength of the classifier's penalty; of 1, 3 and 10 best on test rows, all votes, seed 100."""
    workers: int = 2
    """Processes to run at the same time."""
    out: Path | None = None
    """JSON file to write."""


class Known(NamedTuple):
    """What the flow made of the votes of a round.

    Attributes
    ----------
    P : float64 array, shape (n, K)
        Posterior by votes alone.
    q : float64 array, shape (n, K)
        Classifier, not trained on the item.
    skill : float64 array, shape (K, K)
    model, labels : float
        Accuracy of the model on test rows, and of the labels of items that have votes.
    """

    P: np.ndarray
    q: np.ndarray
    skill: np.ndarray
    model: float
    labels: float


class Flow:
    """Votes to posteriors to models; it keeps weights, so that the next fit begins at them."""

    def __init__(self, data: Recorded, C: float) -> None:
        self.data = data
        self.folds = [SoftmaxRegression(C) for _ in range(FOLDS)]
        self.final = SoftmaxRegression(C)

    def run(self, asked: np.ndarray) -> Known:
        """Learn from so many votes of each item, int64, shape (n,)."""
        data, rows = self.data, np.flatnonzero(asked)
        votes = data.revealed(asked)
        q = self._cross_fitted(vote_posterior(votes, None), rows)
        P = combined(vote_posterior(votes, None), q)
        for _ in range(PASSES):
            params = confusions(votes, P, STRENGTH, "uniform")
            alone = _softmax(products.scores(votes, logs(params)[0]))
            P = combined(alone, q)
        self.final.fit(data.X[rows], P[rows])
        new = np.flatnonzero(asked == 0)
        q[new] = self.final.predict_proba(data.X[new])
        given = np.bincount(votes.worker, minlength=len(params.confusion))
        return Known(
            alone,
            q,
            np.average(params.confusion, axis=0, weights=given),
            float((self.final.predict_proba(data.test).argmax(axis=1) == data.test_truth).mean()),
            float((P[rows].argmax(axis=1) == data.truth[rows]).mean()),
        )

    def _cross_fitted(self, P: np.ndarray, rows: np.ndarray) -> np.ndarray:
        fold = (mix(np.arange(len(P)), 7) % np.uint64(FOLDS)).astype("int64")
        q = np.empty_like(P)
        for number, model in enumerate(self.folds):
            rest, out = rows[fold[rows] != number], np.flatnonzero(fold == number)
            q[out] = model.fit(self.data.X[rest], P[rest]).predict_proba(self.data.X[out])
        return q


def _softmax(scores: np.ndarray) -> np.ndarray:
    scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    return scores / np.maximum(scores.sum(axis=1, keepdims=True), LEAST)


def chosen(data: Recorded, asked: np.ndarray, known: Known | None, budget: int, seed: int) -> np.ndarray:
    """Votes asked of each item after a round by `NextVotes`; without a classifier items are drawn."""
    if known is None:
        classes = len(data.votes.labels)
        even, skill = np.full((len(asked), classes), 1 / classes), np.eye(classes)
        listed = NextVotes(skill, seed=seed).choose(budget, even, None, asked, data.most)
    else:
        left = data.most - asked
        listed = NextVotes(known.skill, seed=seed).choose(budget, known.P, known.q, asked, left)
    asked = asked.copy()
    asked[listed.items] += listed.workers
    return asked


def fixed(data: Recorded, total: int, redundancy: int, seed: int) -> np.ndarray:
    """Votes asked of each item: so many of each of random items, then again, until the total is spent."""
    order, most = np.argsort(mix(np.arange(len(data.truth)), seed)), data.most
    asked = np.zeros(len(most), dtype="int64")
    while total > asked.sum() and (asked < most).any():
        more = np.minimum(redundancy, most - asked)[order]
        before = np.cumsum(more) - more
        asked[order] += np.clip(total - asked.sum() - before, 0, more)
    return asked


def replay(choice: str, data: Recorded, C: float, goal: float, seed: int) -> list[dict[str, float]]:
    """Accuracies by round, until the goal is held."""
    flow, rounds = Flow(data, C), []
    asked, known = np.zeros(len(data.truth), dtype="int64"), None
    for share in SHARES:
        total = round(share * len(data.votes))
        if choice == "next_votes":
            while asked.sum() < total and (asked < data.most).any():
                before = asked.sum()
                asked = chosen(data, asked, known, total - int(before), seed)
                if asked.sum() == before:
                    break
        else:
            asked = fixed(data, total, int(choice.split()[1]), seed)
        known = flow.run(asked)
        facts = {"votes": int(asked.sum()), "items": int((asked > 0).sum())}
        rounds.append(facts | {"model": known.model, "labels": known.labels})
        if len(rounds) >= SURE and all(row["model"] >= goal for row in rounds[-SURE:]):
            break
    return rounds


def needed(rounds: list[dict[str, float]], goal: float) -> float | None:
    """Votes at which the monotone curve of accuracies meets the goal; None where it does not."""
    votes = np.array([row["votes"] for row in rounds], dtype=float)
    curve = isotonic_regression(np.array([row["model"] for row in rounds]))
    if curve[-1] < goal:
        return None
    at = int(np.argmax(curve >= goal))
    if not at:
        return float(votes[0])
    part = (goal - curve[at - 1]) / (curve[at] - curve[at - 1])
    return float(votes[at - 1] + part * (votes[at] - votes[at - 1]))


def draw(folder: Path, C: float, job: tuple[str, int]) -> dict[str, Any]:
    """All choices with one seed."""
    name, seed = job
    with threadpool_limits(1):
        data = read(name, folder, seed)
        full = Flow(data, C).run(data.most)
        goal, found = GOAL * full.model, {"set": name, "seed": seed, "all_votes": len(data.votes)}
        curves = {choice: replay(choice, data, C, goal, seed) for choice in CHOICES}
    counts = {choice: needed(rounds, goal) for choice, rounds in curves.items()}
    return found | {
        "model": full.model,
        "labels": full.labels,
        "goal": goal,
        "needed": counts,
        "curves": curves,
    }


def summary(draws: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Votes needed by each choice, and their ratio to the best fixed redundancy's, seed by seed.

    The best is the one of fewest votes on average; where the goal is not met, votes at the end count.
    """
    found = []
    for name in dict.fromkeys(each["set"] for each in draws):
        own = [each for each in draws if each["set"] == name]
        votes = {choice: [_counted(each, choice) for each in own] for choice in CHOICES}
        best = min(CHOICES[1:], key=lambda choice: np.mean(votes[choice]))
        for choice in CHOICES:
            missed = sum(each["needed"][choice] is None for each in own)
            row = {"set": name, "choice": choice, "best_fixed": best, "all_votes": own[0]["all_votes"]}
            ratio = np.divide(votes[choice], votes[best]).tolist()
            row |= {"votes": interval(votes[choice]), "ratio": interval(ratio), "missed": missed}
            found.append(row | {"accuracy_all_votes": interval([each["model"] for each in own])})
    return found


def _counted(each: dict[str, Any], choice: str) -> float:
    votes = each["needed"][choice]
    return each["curves"][choice][-1]["votes"] if votes is None else votes


def table(rows: list[dict[str, Any]]) -> str:
    """Markdown: a line each set and choice."""
    lines = [
        "| set | choice | votes to 95 % | ratio to the best fixed | not reached |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        (votes, around), (ratio, about) = row["votes"], row["ratio"]
        lines.append(
            f"| {row['set']} | {row['choice']} | {votes:,.0f} ±{around or 0:,.0f} "
            f"| {ratio:.2f} ±{about or 0:.2f} ({row['best_fixed']}) | {row['missed']} |"
        )
    return "\n".join(lines)


def main(config: Config) -> list[dict[str, Any]]:
    """Replay all sets, print the table, and write the results; returns the table's rows."""
    seeds = range(config.first_seed, config.first_seed + config.seeds)
    jobs = [(name, seed) for name in config.sets for seed in seeds]
    draws = []
    with ProcessPoolExecutor(config.workers, get_context("spawn")) as pool:
        for each in pool.map(partial(draw, config.data, config.C), jobs):
            shown = {choice: votes and round(votes) for choice, votes in each["needed"].items()}
            print(
                f"{each['set']} seed {each['seed']}: all votes {each['model']:.3f}, needed {shown}",
                flush=True,
            )
            draws.append(each)
            rows = summary(draws)
            if config.out:
                harness.write(config.out, rows, draws=draws, goal=GOAL, C=config.C)
    print(table(rows))
    return rows


if __name__ == "__main__":
    main(parse(Config, __doc__))
