"""The graph of annotators: who agrees with whom more than their skills explain, and who guesses."""

import importlib.util
from collections.abc import Iterator
from typing import Any, Self

import networkx as nx
import numpy as np
from scipy.stats import norm
from sklearn.base import BaseEstimator

from etl.crowd import products
from etl.crowd.pooled import PooledDawidSkene
from etl.crowd.votes import Votes, encode
from etl.engine import engine_of
from etl.handoff import to_host
from etl.journal import record

RARE = 0.02
"""Agreement is not expected with less than this probability, or one strange task would convict a pair."""
MANY = 30
"""Pairs from which the spread of honest ones is estimated."""
CHUNK = 1 << 22
"""Numbers worked on at a time."""
MOST = 5000
"""Workers beyond which the pairs are too many."""


class AnnotatorGraph(BaseEstimator):
    """Rings of copiers and spammers, from agreement beyond chance.

    Two workers who vote on the same task and do not copy agree with probability
    ``e = sum over k, l of q[k] a[k, l] b[k, l]``, where ``a`` and ``b`` are their confusions by pooled Dawid-Skene
    and ``q`` is the task's posterior without their two votes. The pair's score is that of the test for copying
    with a small probability, ``sum of agree / e - 1`` over its standard deviation: agreement on errors weighs
    most. Hard tasks lead honest workers to the same errors, so scores are judged against the median and spread
    of all pairs (the empirical null of Efron, JASA 99, 2004), with Bonferroni's correction. Significant pairs
    are edges; a ring is the core of a community of them (Louvain; Blondel et al., J. Stat. Mech. 2008), and who
    agrees with all of it.

    On eight real sets with rings of 5 planted among 60 workers no honest worker was accused. All members were
    found where pairs have some 20 common tasks and at most 10 % of what is copied is changed; a member with
    fewer is missed.

    Parameters
    ----------
    level : float
        Probability that any honest pair is accused.
    min_shared : int
        Pairs with fewer common tasks are not tested.
    min_ring : int
        Members of a ring at least.
    random_state : int
        Of Louvain's order.

    Attributes
    ----------
    graph_ : networkx.Graph
        Workers; edges have ``shared``, ``agreement``, ``excess`` (standardised) and ``jaccard`` (common tasks
        over tasks of either).
    rings_ : list of lists of workers
    spammers_ : list of workers
        Who agree with the others' posterior little more than by chance: see `informedness`.
    communities_ : list of sets of workers
    pagerank_ : Series by worker
    report_ : DataFrame by worker
        ``votes, informed`` (agreement with the others, from 0 by chance to 1), ``excess`` (largest),
        ``pagerank, ring`` (-1 for none), ``spammer``.
    backend_ : str
        Of the graph algorithms.
    """

    def __init__(
        self, *, level: float = 0.01, min_shared: int = 10, min_ring: int = 3, random_state: int = 0
    ) -> None:
        self.level = level
        self.min_shared = min_shared
        self.min_ring = min_ring
        self.random_state = random_state

    def fit(self, votes: Any) -> Self:
        """Compare all pairs of workers.

        Parameters
        ----------
        votes : DataFrame with columns task, worker, label; or Votes

        Raises
        ------
        ValueError
            There are more workers than pairs of them can be compared.
        """
        votes = votes if isinstance(votes, Votes) else encode(votes)
        if len(votes.workers) > MOST:
            raise ValueError(
                f"{len(votes.workers):,} workers make too many pairs; keep the {MOST:,} most active"
            )
        model = PooledDawidSkene(n_iter=50).fit(votes)
        names = votes.workers.to_numpy().tolist()
        shared, agreed, score, spread = (to_host(part) for part in pairs(votes, *model._params))
        self.backend_ = _backend(votes)
        self.graph_ = self._graph(names, shared, agreed, score / np.sqrt(np.maximum(spread, 1e-9)), votes)
        found = nx.community.louvain_communities(self.graph_, weight="excess", seed=self.random_state)
        self.communities_ = sorted((c for c in found if len(c) > 1), key=len, reverse=True)
        cores = [[names.index(w) for w in peel(self.graph_.subgraph(c))] for c in self.communities_]
        grown = [
            grow(core, shared, score, spread, self.min_shared, self.level)
            for core in cores
            if len(core) >= self.min_ring
        ]
        self.rings_ = [sorted(names[place] for place in ring) for ring in grown]
        self._report(votes, model, names)
        return self

    def _graph(self, names: list[Any], shared: Any, agreed: Any, score: Any, votes: Votes) -> nx.Graph:
        tested = np.argwhere(np.triu(shared >= self.min_shared, 1))
        graph = nx.Graph()
        graph.add_nodes_from(names)
        if not len(tested):
            record(
                "choice", reason=f"no two workers have {self.min_shared} tasks in common; nobody is compared"
            )
            return graph
        values = standardise(score[tested[:, 0], tested[:, 1]])
        given = np.bincount(to_host(votes.worker), minlength=len(names))
        bound = norm.isf(self.level / len(tested))
        for (one, other), value in zip(tested[values > bound], values[values > bound], strict=True):
            both = shared[one, other]
            graph.add_edge(
                names[one],
                names[other],
                shared=int(both),
                agreement=float(agreed[one, other] / both),
                excess=float(value),
                jaccard=float(both / (given[one] + given[other] - both)),
            )
        return graph

    def _report(self, votes: Votes, model: PooledDawidSkene, names: list[Any]) -> None:
        informed, upper = (to_host(part) for part in informedness(votes, *model._params))
        typical = float(np.median(informed))
        self.spammers_ = [name for name, bound in zip(names, upper, strict=True) if bound < typical / 4]
        ranks = nx.pagerank(self.graph_, weight="excess", backend=self.backend_)
        df = votes.engine.df
        self.pagerank_ = df.Series([ranks[name] for name in names], index=votes.workers, name="pagerank")
        ring = {worker: place for place, members in enumerate(self.rings_) for worker in members}
        excess = {
            n: max((d["excess"] for *_, d in self.graph_.edges(n, data=True)), default=0.0) for n in names
        }
        columns = {
            "votes": model.votes_.to_numpy().tolist(),
            "informed": informed.tolist(),
            "excess": [excess[name] for name in names],
            "pagerank": [ranks[name] for name in names],
            "ring": [ring.get(name, -1) for name in names],
            "spammer": [name in set(self.spammers_) for name in names],
        }
        self.report_ = df.DataFrame(columns, index=votes.workers)


def pairs(votes: Votes, confusion: Any, priors: Any) -> tuple[Any, Any, Any, Any]:
    """Common tasks, agreements, scores and their variances of all pairs.

    Returns arrays of shape (workers, workers), of which the upper halves are filled.

    Parameters
    ----------
    confusion : array, shape (workers, labels, true labels)
    priors : array, shape (classes,)
    """
    xp, size = votes.engine.xp, len(votes.workers)
    log, worker, label = xp.log(confusion), votes.worker, votes.label
    scores = products.scores(votes, log.reshape(-1, len(priors))) + xp.log(priors)
    sums = [xp.zeros(size * size) for _ in range(4)]
    for one, other in together(votes):
        left, right = log[worker[one], label[one]], log[worker[other], label[other]]
        q, _ = products.softmax(scores[votes.task[one]] - left - right)
        both = xp.einsum("nlk,nlk->nk", confusion[worker[one]], confusion[worker[other]])
        expected = xp.clip((q * both).sum(axis=1), RARE, 1 - RARE)
        agree = (label[one] == label[other]).astype("float64")
        key = xp.minimum(worker[one], worker[other]) * size + xp.maximum(worker[one], worker[other])
        parts = (xp.ones(len(key)), agree, agree / expected - 1, (1 - expected) / expected)
        for total, part in zip(sums, parts, strict=True):
            total += xp.bincount(key, weights=part, minlength=size * size)
    one, two, three, four = (total.reshape(size, size) for total in sums)
    return one, two, three, four


def together(votes: Votes) -> Iterator[tuple[Any, Any]]:
    """Places of two votes on the same task: every such pair once, in chunks."""
    xp, task = votes.engine.xp, votes.task
    wide = max(1, CHUNK // len(votes.labels) ** 2)
    for back in range(1, int(xp.diff(votes.starts).max())):
        places = xp.flatnonzero(task[back:] == task[:-back])
        for begin in range(0, len(places), wide):
            first = places[begin : begin + wide]
            yield first, first + back


def informedness(votes: Votes, confusion: Any, priors: Any) -> tuple[Any, Any]:
    """Agreement of each worker with the others' posterior, 0 by chance and 1 at most, and its upper bound.

    Chance is what a worker with the same votes on other tasks would reach; the bound is of 99 %, one-sided.
    """
    xp, workers = votes.engine.xp, len(votes.workers)
    log = xp.log(confusion)
    scores = products.scores(votes, log.reshape(-1, len(priors))) + xp.log(priors)
    q, _ = products.softmax(scores[votes.task] - log[votes.worker, votes.label])
    right = q[xp.arange(len(votes)), votes.label]
    count = xp.bincount(votes.worker, minlength=workers)
    hits = xp.bincount(votes.worker, weights=right, minlength=workers) / count
    cells = xp.bincount(votes.flat, minlength=workers * len(priors)).reshape(workers, -1) / count[:, None]
    seen = xp.stack(
        [xp.bincount(votes.worker, weights=q[:, k], minlength=workers) for k in range(len(priors))], 1
    )
    chance = (cells * seen / count[:, None]).sum(axis=1)
    room = xp.maximum(1 - chance, 1e-9)
    error = 2.33 * xp.sqrt(xp.maximum(hits * (1 - hits), 0.25 / (count + 4)) / count)
    return (hits - chance) / room, (hits - chance + error) / room


def peel(part: nx.Graph) -> list[Any]:
    """Members who are joined to at least half of the others; the least joined is let go first."""
    part = nx.Graph(part)
    while len(part) > 2:
        worker, joined = min(part.degree(weight=None), key=lambda pair: (pair[1], str(pair[0])))
        if 2 * joined >= len(part) - 1:
            break
        part.remove_node(worker)
    return list(part)


def grow(core: list[int], shared: Any, score: Any, spread: Any, least: int, level: float) -> list[int]:
    """The ring, with workers who agree with all its members together though with each on too few tasks.

    Members answer alike on a task, so that their scores with a worker are taken as fully dependent; and every
    member with enough common tasks must be agreed with beyond chance, at a level of 1 %.
    """
    shared, score, spread = (half + half.T for half in (shared, score, spread))
    enough = shared[:, core].sum(axis=1) >= least
    others = np.setdiff1d(np.flatnonzero(enough), core)
    if not len(others):
        return core
    total = np.maximum(spread[:, core].sum(axis=1), 1e-9) * len(core)
    values = standardise((score[:, core].sum(axis=1) / np.sqrt(total))[others])
    pair = np.ix_(others, core)
    each = score[pair] / np.sqrt(np.maximum(spread[pair], 1e-9)) > norm.isf(0.01)
    joins = (values > norm.isf(level / len(others))) & (each | (shared[pair] < least)).all(axis=1)
    return [*core, *others[joins].tolist()]


def standardise(values: np.ndarray) -> np.ndarray:
    """Scores against the median and spread of all, where there are many; never spread less than by chance."""
    if len(values) < MANY:
        return values
    middle = np.median(values)
    spread = (np.quantile(values, 0.75) - np.quantile(values, 0.25)) / (norm.ppf(0.75) - norm.ppf(0.25))
    return (values - max(middle, 0.0)) / max(float(spread), 1.0)


def _backend(votes: Votes) -> str:
    """cuGraph where the votes lie on a device and its NetworkX backend is there."""
    name = "networkx"
    if engine_of(votes.flat).name == "gpu" and importlib.util.find_spec("nx_cugraph"):
        name = "cugraph"
    record("choice", reason=f"graph algorithms: {name}, as the votes are on the {engine_of(votes.flat).name}")
    return name
