"""The graph of annotators: who agrees with whom more than their skills explain, and who guesses."""

import importlib.util
from typing import Any, Self

import networkx as nx
import numpy as np
from scipy.stats import norm
from sklearn.base import BaseEstimator

from etl.crowd.votes import Votes, encode
from etl.engine import engine_of
from etl.handoff import to_host
from etl.records import Choice, record
from models.crowd.agreement import by_others, deflate, informedness, pairs, robust, standardise
from models.crowd.pooled import PooledDawidSkene

MOST_RINGS = 20
"""Rings, and turns of joining one, that are looked for."""
MOST = 5000
"""Workers beyond which the pairs are too many."""


class AnnotatorGraph(BaseEstimator):
    """Rings of copiers and spammers, from agreement beyond chance.

    Two workers who vote on the same task and do not copy agree with probability
    ``e = sum over k, l of q[k] a[k, l] b[k, l]``, where ``a`` and ``b`` are their confusions by pooled
    Dawid-Skene and ``q`` is the task's posterior without their two votes. The score of a pair is that of the
    test for copying with a small probability, ``sum of agree / e - 1`` over its standard deviation: agreement
    on errors weighs most. Hard tasks lead honest workers to the same errors, so scores are judged against the
    median and spread of all pairs (the empirical null of Efron, JASA 99, 2004), with Bonferroni's correction.
    Significant pairs are edges; a ring is the core of a community of them (Louvain; Blondel et al., J. Stat.
    Mech. 2008). The strongest is taken first, by skills that a ring which outvotes the others cannot deceive
    (`models.crowd.agreement.robust`), and only if it stands when all others judge it without its votes. Then
    its members vote as one, and others who agree with it, and agreed with each of its members, join, or are a
    ring of their own.

    A pair needs common tasks: with 10 % of what is copied changed, about 20 to 30.

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
    n_iter_ : int
        Turns of looking for a ring.
    stop_reason_ : str
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
        self.backend_ = _backend(votes)
        names = votes.workers.to_numpy().tolist()
        skills = _learnt(votes)
        first, apart = self._graph(votes, skills)
        rings = self._dominant(votes)
        graph, _ = self._graph(deflate(votes, rings), _learnt(deflate(votes, rings)))
        self.stop_reason_ = f"{MOST_RINGS} turns were made"
        for self.n_iter_ in range(1, MOST_RINGS + 1):
            if not (self._join(rings, graph, apart) or self._found(rings, graph, votes, skills)):
                self.stop_reason_ = "no further ring, and nobody to join one, was found"
                break
            left = deflate(votes, rings)
            graph, _ = self._graph(left, _learnt(left))
        self.rings_ = sorted(sorted(names[place] for place in ring) for ring in rings)
        self._keep(names, first, graph, rings)
        self._report(votes, names)
        return self

    def _dominant(self, votes: Votes) -> list[list[int]]:
        """The strongest ring by skills that it cannot deceive, if the others confirm it."""
        shared, agreed, *_ = pairs(votes, *_learnt(votes))
        rings: list[list[int]] = []
        skills = robust(votes, shared, agreed)
        self._found(rings, self._graph(votes, skills)[0], votes, skills)
        return rings

    def _graph(self, votes: Votes, skills: tuple[Any, ...]) -> tuple[nx.Graph, Any]:
        """Pairs who agree significantly, by their places; and which pairs do not even at a level of 1 %."""
        shared, agreed, score, spread = (to_host(part) for part in pairs(votes, *skills))
        graph, apart = nx.empty_graph(len(shared)), np.zeros(shared.shape, dtype=bool)
        one, other = np.nonzero(np.triu(shared >= self.min_shared, 1))
        if not len(one):
            record(Choice(reason=f"no two workers have {self.min_shared} common tasks; none are compared"))
            return graph, apart
        values = standardise(score[one, other] / np.sqrt(np.maximum(spread[one, other], 1e-9)))
        apart[one, other] = apart[other, one] = values < norm.isf(0.01)
        given = np.bincount(to_host(votes.worker), minlength=len(shared))
        for place in np.flatnonzero(values > norm.isf(self.level / len(one))):
            i, j = int(one[place]), int(other[place])
            both = float(shared[i, j])
            facts = {
                "shared": int(both),
                "agreement": float(agreed[i, j]) / both,
                "excess": float(values[place]),
            }
            graph.add_edge(i, j, **facts, jaccard=both / float(given[i] + given[j] - both))
        return graph, apart

    def _join(self, rings: list[list[int]], graph: nx.Graph, apart: Any) -> bool:
        """Take in who agrees with a ring that votes as one, and with its members; whether any did."""
        joined = False
        for ring in rings:
            known = {place for other in rings for place in other}
            new = sorted(w for w in set(graph[ring[0]]) - known if not apart[w, ring].any())
            ring += new
            joined |= bool(new)
        return joined

    def _found(self, rings: list[list[int]], graph: nx.Graph, votes: Votes, skills: Any) -> bool:
        """Add the strongest ring that is not known, and that the others confirm; whether there is one."""
        known = {place for ring in rings for place in ring}
        left = graph.subgraph(set(graph) - known)
        for core in sorted(self._cores(left), key=lambda core: -_strength(left.subgraph(core))):
            judged, _ = self._graph(votes, by_others(votes, sorted(known | set(core)), *skills))
            confirmed = peel(judged.subgraph(core))
            if len(confirmed) >= self.min_ring:
                rings.append(sorted(confirmed))
                return True
        return False

    def _cores(self, graph: nx.Graph) -> list[list[int]]:
        parts = nx.community.louvain_communities(graph, weight="excess", seed=self.random_state)
        return [core for part in parts if len(core := peel(graph.subgraph(part))) >= self.min_ring]

    def _keep(self, names: list[Any], first: Any, last: nx.Graph, rings: list[list[int]]) -> None:
        """The graph: pairs who agree although rings vote as one, and those within a ring."""
        ring = {place: number for number, members in enumerate(rings) for place in members}
        graph = nx.Graph()
        graph.add_nodes_from(range(len(names)))
        graph.add_edges_from(edge for edge in last.edges(data=True) if not ring.keys() & set(edge[:2]))
        inner = (e for e in first.edges(data=True) if e[0] in ring and ring[e[0]] == ring.get(e[1]))
        graph.add_edges_from(inner)
        self.graph_ = nx.relabel_nodes(graph, dict(enumerate(names)))
        found = nx.community.louvain_communities(self.graph_, weight="excess", seed=self.random_state)
        self.communities_ = sorted((c for c in found if len(c) > 1), key=len, reverse=True)

    def _report(self, votes: Votes, names: list[Any]) -> None:
        model = PooledDawidSkene(n_iter=50).fit(votes)
        informed, upper = (to_host(part) for part in informedness(votes, *model._params))
        typical = float(np.median(informed))
        self.spammers_ = [name for name, bound in zip(names, upper, strict=True) if bound < typical / 3]
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


def _learnt(votes: Votes) -> tuple[Any, Any]:
    """Confusions and priors by pooled Dawid-Skene."""
    return PooledDawidSkene(n_iter=50).fit(votes)._params


def peel(part: nx.Graph) -> list[Any]:
    """Members who are joined to at least half of the others; the least joined is let go first."""
    part = nx.Graph(part)
    while len(part) > 2:
        worker, joined = min(part.degree(weight=None), key=lambda pair: (pair[1], str(pair[0])))
        if 2 * joined >= len(part) - 1:
            break
        part.remove_node(worker)
    return list(part)


def _strength(core: nx.Graph) -> float:
    return float(np.mean([excess for *_, excess in core.edges(data="excess")]))


def _backend(votes: Votes) -> str:
    """cuGraph where the votes lie on a device and its NetworkX backend is there."""
    name = "networkx"
    if engine_of(votes.flat).name == "gpu" and importlib.util.find_spec("nx_cugraph"):
        name = "cugraph"
    record(Choice(reason=f"graph algorithms: {name}, as the votes are on the {engine_of(votes.flat).name}"))
    return name
