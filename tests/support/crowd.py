"""Votes of simulated workers, and aggregation by explicit loops as an oracle."""

import math

import numpy as np
import pandas as pd


def simulate(
    tasks: int = 200, workers: int = 20, classes: int = 3, votes: int = 4, seed: int = 0
) -> tuple[pd.DataFrame, pd.Series, np.ndarray]:
    """Votes of workers with confusions of their own, the true labels, and the confusions."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, classes, tasks)
    confusion = np.stack(
        [rng.dirichlet(np.ones(classes) + 4 * np.eye(classes)[k], workers) for k in range(classes)], axis=1
    )
    rows = [
        (t, w, rng.choice(classes, p=confusion[w, truth[t]]))
        for t in range(tasks)
        for w in rng.choice(workers, votes, replace=False)
    ]
    frame = pd.DataFrame(rows, columns=["task", "worker", "label"]).sample(frac=1, random_state=seed)
    return frame.reset_index(drop=True), pd.Series(truth, name="label"), confusion


def dawid_skene(frame: pd.DataFrame, passes: int, strength: float = 0.0, gold: dict | None = None) -> dict:
    """Posteriors by task, after so many of them, by loops over votes as the equations are written."""
    labels = sorted(set(frame.label))
    votes = list(frame[["task", "worker", "label"]].itertuples(index=False, name=None))
    tasks, workers = sorted({v[0] for v in votes}), sorted({v[1] for v in votes})
    share = {t: dict.fromkeys(labels, 0.0) for t in tasks}
    for t, _, k in votes:
        share[t][k] += 1 / sum(v[0] == t for v in votes)
    for number in range(passes + 1):
        for t, k in (gold or {}).items():
            share[t] = k if isinstance(k, dict) else {label: float(label == k) for label in labels}
        if number == passes:
            return share
        prior = {k: sum(share[t][k] for t in tasks) for k in labels}
        if strength:
            prior = {k: prior[k] + 1 / len(labels) for k in labels}
        prior = {k: prior[k] / sum(prior.values()) for k in labels}
        count = {(w, k, j): 0.0 for w in workers for k in labels for j in labels}
        for t, w, j in votes:
            for k in labels:
                count[w, k, j] += share[t][k]
        rows = _rows(count, workers, labels, strength)
        for t in tasks:
            log = {
                k: math.log(prior[k]) + sum(math.log(rows[w, k, j]) for s, w, j in votes if s == t)
                for k in labels
            }
            top = max(log.values())
            weight = {k: math.exp(log[k] - top) for k in labels}
            share[t] = {k: weight[k] / sum(weight.values()) for k in labels}
    raise AssertionError("unreachable")


def _rows(count: dict, workers: list, labels: list, strength: float) -> dict:
    pooled = {(k, j): sum(count[w, k, j] for w in workers) + 1 / len(labels) for k in labels for j in labels}
    total = {k: sum(pooled[k, j] for j in labels) for k in labels}
    rows = {}
    for w in workers:
        for k in labels:
            own = {
                j: count[w, k, j] + strength * pooled[k, j] / total[k]
                if strength
                else max(count[w, k, j], 1e-10)
                for j in labels
            }
            for j in labels:
                rows[w, k, j] = own[j] / sum(own.values())
    return rows


def voted_rows(n=400, votes=1, classes=3, workers=12, hammers=0.4, seed=0, spread=1.3, features=6):
    """Clusters, and votes of workers who are always right or draw at random; rows, votes, truth."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, classes, n)
    X = rng.normal(size=(n, features)) + 2.2 * spread * np.eye(classes, features)[truth]
    good = np.arange(workers) < hammers * workers
    who = np.argsort(rng.random((n, workers)), axis=1)[:, :votes].ravel()
    task = np.repeat(np.arange(n), votes)
    said = np.where(good[who], truth[task], rng.integers(0, classes, len(task)))
    return X, pd.DataFrame({"task": task, "worker": who, "label": said}), truth
