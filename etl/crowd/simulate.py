"""Simulated workers: hammers who know, spammers who guess, and a ring that copies."""

import numpy as np
import pandas as pd


def confusions(
    workers: int,
    classes: int,
    hammers: float = 0.2,
    by_class: bool = False,
    seed: int | np.random.Generator = 0,
) -> np.ndarray:
    """Confusions of hammers and spammers.

    A hammer votes the true label; a spammer guesses, with a little weight for the true label so that no
    confusion is uniform: shares plus 0.01 or, by class, weights of 1 plus 0.10 to 0.11, as in the authors'
    code. Source: Khetan, Lipton and Anandkumar, "Learning from noisy singly-labeled data", ICLR 2018,
    section 4.1.

    Parameters
    ----------
    workers, classes : int
    hammers : float
        Probability of being one.
    by_class : bool
        Draw for each worker and true label, instead of once a worker.
    seed : int or Generator

    Returns
    -------
    array of float64, shape (workers, classes, classes)
        Probability of each label, given the true one; a row sums to 1.
    """
    rng = np.random.default_rng(seed)
    more = rng.uniform(0.1, 0.11, (workers, classes, 1)) if by_class else np.full((workers, 1, 1), 0.01)
    spammer = np.ones((classes, classes)) / (1 if by_class else classes) + more * np.eye(classes)
    spammer = spammer / spammer.sum(axis=2, keepdims=True)
    hammer = rng.random((workers, classes if by_class else 1, 1)) < hammers
    return np.where(hammer, np.eye(classes), spammer)


def votes(
    truth: np.ndarray, confusion: np.ndarray, redundancy: int, seed: int | np.random.Generator = 0
) -> pd.DataFrame:
    """Votes on each task by as many workers, none twice on a task.

    Parameters
    ----------
    truth : array of int, shape (tasks,)
        Code of each task's label.
    confusion : array of float64, shape (workers, true labels, labels)
        Probability of each label, given the true one.
    redundancy : int
        Votes of each task.
    seed : int or Generator

    Returns
    -------
    DataFrame
        ``task, worker, label``, int64, a row a vote, sorted by task.

    Raises
    ------
    ValueError
        There are fewer workers than votes of a task.
    """
    rng = np.random.default_rng(seed)
    workers = len(confusion)
    if redundancy > workers:
        raise ValueError(f"{redundancy} votes a task need as many workers; there are {workers}")
    chosen = rng.random((len(truth), workers)).argsort(axis=1)[:, :redundancy]
    rows = confusion[chosen, truth[:, None]].cumsum(axis=2)
    label = (rng.random((len(truth), redundancy, 1)) > rows[:, :, :-1]).sum(axis=2)
    task = np.repeat(np.arange(len(truth)), redundancy)
    return pd.DataFrame({"task": task, "worker": chosen.ravel(), "label": label.ravel()})


def with_ring(
    frame: pd.DataFrame, members: list[int], source: int, copied: float, seed: int = 0
) -> pd.DataFrame:
    """The same votes, but members copy the source's answer on that share of the tasks they voted on.

    Where the source did not vote on such a task, its answer is drawn once, from all votes, for all members.

    Parameters
    ----------
    frame : DataFrame
        Columns ``task, worker, label``.
    members : list of int
        Workers of the ring.
    source : int
        The worker whom they copy.
    copied : float
        Probability that a member's vote is a copy, from 0 to 1.
    seed : int

    Returns
    -------
    DataFrame
        The rows and columns of ``frame``, with other labels.
    """
    rng = np.random.default_rng(seed)
    tasks = frame["task"].unique()
    answer = pd.Series(rng.choice(frame["label"].to_numpy(), len(tasks)), index=tasks)
    own = frame[frame["worker"] == source].set_index("task")["label"]
    answer.loc[own.index] = own
    copies = frame["worker"].isin(members).to_numpy() & (rng.random(len(frame)) < copied)
    return frame.assign(label=np.where(copies, answer.loc[frame["task"]].to_numpy(), frame["label"]))
