"""Votes of simulated workers: with the confusions of real ones, or of many kinds; few of them vote often."""

from pathlib import Path

import numpy as np
import pandas as pd

DRAWN = 10
"""Votes of the mean worker that are added to each worker's own for a true class."""
KINDS = {"expert": 0.1, "good": 0.25, "fair": 0.25, "partial": 0.15, "confused": 0.15, "spammer": 0.1}
"""Shares of the kinds of `many_kinds`."""


def real_confusions(
    folder: Path, crowd: str, classes: int, workers: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Workers with the confusions of a real crowd, for another number of classes.

    A worker of the real crowd is drawn for each new one. Its votes are counted against the known labels; a
    row of its new confusion is drawn from the Dirichlet distribution of these counts, plus `DRAWN` votes of
    the mean worker, so that no two are the same. New classes are mapped on real ones at random, each real one
    as often as any other. A class keeps the share of right votes of its real one; wrong votes keep the shares
    of the real wrong classes, split evenly where several new classes have the same real one. Of new classes
    with the same real one, each takes the mean share of the wrong ones.

    Parameters
    ----------
    folder : Path
        Holds ``CROWD.labels.csv.gz`` and ``CROWD.truth.csv.gz``.
    crowd : str
    classes, workers : int
        Of the simulated crowd.
    rng : Generator

    Returns
    -------
    confusion : array of float64, shape (workers, classes, classes)
        Chance of a label given the true one.
    activity : array of float64, shape (workers,)
        Number of votes of the real worker.
    """
    votes = pd.read_csv(folder / f"{crowd}.labels.csv.gz")
    truth = pd.read_csv(folder / f"{crowd}.truth.csv.gz").set_index("task").label
    votes = votes[votes.task.isin(truth.index)]
    names, worker = np.unique(truth), pd.factorize(votes.worker)[0]
    counts = np.zeros((worker.max() + 1, len(names), len(names)))
    place = worker, np.searchsorted(names, truth.loc[votes.task]), np.searchsorted(names, votes.label)
    np.add.at(counts, place, 1)
    mean = counts.sum(axis=0) + 1
    weight = counts + DRAWN * mean / mean.sum(axis=1, keepdims=True)
    chosen = rng.integers(0, len(counts), workers)
    drawn = rng.standard_gamma(weight[chosen])
    drawn /= drawn.sum(axis=2, keepdims=True)
    real = rng.permutation(np.resize(rng.permutation(len(names)), classes))
    return mapped(drawn, real), counts.sum(axis=(1, 2))[chosen]


def mapped(confusion: np.ndarray, real: np.ndarray) -> np.ndarray:
    """Confusions of classes that stand for real ones; see `real_confusions`.

    Parameters
    ----------
    confusion : array, shape (workers, K, K)
    real : array of int, shape (classes,)
        The real class of each.
    """
    same = real[:, None] == real[None, :]
    right = confusion[:, real, real]
    wrong = np.where(same, 0.0, confusion[:, real][:, :, real] / np.bincount(real)[real])
    wrong = np.where(same, wrong.sum(axis=2, keepdims=True) / (~same).sum(axis=1)[:, None], wrong)
    eye = np.eye(len(real), dtype=bool)
    wrong = np.where(eye, 0.0, wrong)
    wrong *= ((1 - right) / wrong.sum(axis=2))[:, :, None]
    return np.where(eye, right[:, :, None], wrong)


def many_kinds(workers: int, classes: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Workers of `KINDS`: confusions, shape (workers, classes, classes), and log-normal activities.

    Experts are right in 95 % of their votes, good ones in 75, fair ones in 50, in the mean. The others are
    good too, but for this: a partial one gives one class in place of any other in a third of the votes, a
    confused one swaps two classes in half of them, and a spammer guesses.
    """
    kind = rng.choice(list(KINDS), workers, p=list(KINDS.values()))
    middle = pd.Series({"expert": 0.95, "fair": 0.5, "spammer": 1 / classes}).reindex(kind).fillna(0.75)
    right = rng.beta(20 * middle, 20 * (1 - middle))
    right[kind == "spammer"] = 1 / classes
    confusion = np.where(
        np.eye(classes, dtype=bool), right[:, None, None], (1 - right[:, None, None]) / (classes - 1)
    )
    for at in np.flatnonzero(kind == "partial"):
        confusion[at] *= 2 / 3
        confusion[at, :, rng.integers(classes)] += 1 / 3
    for at in np.flatnonzero(kind == "confused"):
        pair = rng.choice(classes, 2, replace=False)
        confusion[at][:, pair] = confusion[at][:, pair] / 2 + confusion[at][:, pair[::-1]] / 2
    return confusion, rng.lognormal(0, 1, workers)


def teams(tasks: int, size: int, activity: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Workers of each task, none twice, drawn by their activity: int64, shape (tasks, size).

    Raises
    ------
    ValueError
        There are fewer workers than places.
    """
    if size > len(activity):
        raise ValueError(f"{size} votes a task need as many workers; there are {len(activity)}")
    edges = activity.cumsum() / activity.sum()
    found = np.zeros((tasks, size), "int64")
    again = np.arange(tasks)
    while len(again):
        found[again] = np.searchsorted(edges[:-1], rng.random((len(again), size)), side="right")
        ranked = np.sort(found[again], axis=1)
        again = again[(ranked[:, 1:] == ranked[:, :-1]).any(axis=1)]
    return found


def votes(
    truth: np.ndarray,
    confusion: np.ndarray,
    activity: np.ndarray,
    redundancy: tuple[int, int],
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Votes on tasks 0, 1, ...: ``task, worker, label``, int64, in random order.

    Parameters
    ----------
    truth : array of int, shape (tasks,)
    confusion, activity
        Of the workers.
    redundancy : (int, int)
        Least and most votes of a task; all numbers between are as likely.
    rng : Generator
    """
    least, most = redundancy
    team = teams(len(truth), most, activity, rng)
    asked = np.arange(most) < rng.integers(least, most + 1, len(truth))[:, None]
    task, worker = np.nonzero(asked)[0], team[asked]
    edges = confusion[worker, truth[task]].cumsum(axis=1)[:, :-1]
    label = (rng.random((len(task), 1)) > edges).sum(axis=1)
    order = rng.permutation(len(task))
    return pd.DataFrame({"task": task, "worker": worker, "label": label}).iloc[order]
