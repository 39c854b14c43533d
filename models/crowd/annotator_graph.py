"""The graph of annotators: who agrees with whom more than their skills explain, and who guesses."""

from typing import Self

import networkx as nx
import numpy as np
from sklearn.base import BaseEstimator

from etl.crowd.votes import Votes, encode
from etl.engine.types import Frame
from etl.handoff import from_host, to_host, to_list
from models.crowd.agreement import deflate, informedness, pairs
from models.crowd.dawid_skene import ConfusionModel
from models.crowd.pooled import PooledDawidSkene
from models.crowd.rings import Ring, RingFinder

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
    (`models.crowd.agreement.robust`), and only if it stands when all others judge it without its votes: by
    likelihood, its members must share answers, wrong ones too, rather than be as good as each other
    (`models.crowd.copying`). With fewer than three others nobody is left to ask: no verdict. Then
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
    n_iter_ : int
        Turns of looking for a ring.
    stop_reason_ : str
    """

    def __init__(
        self, *, level: float = 0.01, min_shared: int = 10, min_ring: int = 2, random_state: int = 0
    ) -> None:
        self.level = level
        self.min_shared = min_shared
        self.min_ring = min_ring
        self.random_state = random_state

    def fit(self, votes: Frame | Votes) -> Self:
        """Compare all pairs of workers.

        Parameters
        ----------
        votes : DataFrame with columns task, worker, label; or Votes

        Raises
        ------
        ValueError
            There are more workers than pairs of them can be compared; or see `etl.crowd.votes.encode`.
        """
        votes = votes if isinstance(votes, Votes) else encode(votes)
        if len(votes.workers) > MOST:
            raise ValueError(
                f"{len(votes.workers):,} workers make too many pairs; keep the {MOST:,} most active"
            )
        model = PooledDawidSkene(n_iter=50).fit(votes)
        sums = pairs(votes, *model._params)
        shared = to_host(sums.shared + sums.shared.T)
        finder = RingFinder(votes, shared, self.level, self.min_shared, self.min_ring, self.random_state)
        as_voted = finder.compare(votes, sums)
        search = finder.search(model._params, sums, as_voted.apart)
        self._rings, self.n_iter_, self.stop_reason_ = search.rings, search.n_iter, search.stop_reason
        names = to_list(votes.workers)
        self.rings_ = sorted(sorted(names[code] for code in ring) for ring in search.rings)
        graph = _final_graph(as_voted.graph, search.graph, search.rings)
        self.graph_ = nx.relabel_nodes(graph, dict(enumerate(names)))
        communities = nx.community.louvain_communities(self.graph_, weight="excess", seed=self.random_state)
        self.communities_ = sorted((c for c in communities if len(c) > 1), key=len, reverse=True)
        self._report(votes, model)
        return self

    def counted_once(self, votes: Votes) -> Votes:
        """The votes fitted on, in which each ring is one worker: its first, who votes once on a task.

        Parameters
        ----------
        votes : Votes
        """
        return deflate(votes, self._rings)

    def _report(self, votes: Votes, model: PooledDawidSkene) -> None:
        """Set ``spammers_, pagerank_`` and ``report_``."""
        df, workers = votes.engine.df, to_list(votes.workers)
        params: ConfusionModel = model._params
        informed, bound = informedness(votes, *params)
        typical = float(np.median(to_host(informed)))
        self.spammers_ = [
            name for name, most in zip(workers, to_host(bound), strict=True) if most < typical / 3
        ]
        ranks = nx.pagerank(self.graph_, weight="excess")
        ring = {worker: number for number, members in enumerate(self.rings_) for worker in members}
        spammers = set(self.spammers_)
        columns = {
            "excess": [self._largest_excess(name) for name in workers],
            "pagerank": [ranks[name] for name in workers],
            "ring": [ring.get(name, -1) for name in workers],
            "spammer": [name in spammers for name in workers],
        }
        found = {name: from_host(np.array(values), votes.engine) for name, values in columns.items()}
        known = {"votes": model.votes_.values, "informed": informed}
        self.report_ = df.DataFrame(known | found, index=votes.workers)
        self.pagerank_ = self.report_["pagerank"]

    def _largest_excess(self, worker: object) -> float:
        return max((edge["excess"] for *_, edge in self.graph_.edges(worker, data=True)), default=0.0)


def _final_graph(as_voted: nx.Graph, as_one: nx.Graph, rings: list[Ring]) -> nx.Graph:
    """Pairs who agree although rings vote as one, and those within a ring by their own votes."""
    ring = {worker: number for number, members in enumerate(rings) for worker in members}
    graph = nx.empty_graph(len(as_voted))
    graph.add_edges_from(edge for edge in as_one.edges(data=True) if not ring.keys() & set(edge[:2]))
    inner = (e for e in as_voted.edges(data=True) if e[0] in ring and ring[e[0]] == ring.get(e[1]))
    graph.add_edges_from(inner)
    return graph
