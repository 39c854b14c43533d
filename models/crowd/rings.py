"""Rings of workers who copy: from pairs that agree beyond chance to groups that the others confirm."""

from dataclasses import dataclass
from typing import NamedTuple

import networkx as nx
import numpy as np
from scipy.stats import norm

from etl.crowd.votes import Votes
from etl.handoff import to_host, to_list
from etl.ids import tally
from etl.records import Choice, record
from models.crowd.agreement import PairSums, deflate, pairs, robust, standardise
from models.crowd.copying import gains
from models.crowd.dawid_skene import ConfusionModel
from models.crowd.pooled import PooledDawidSkene

MOST_RINGS = 20
"""Rings, and turns of joining one, that are looked for."""
JUDGES = 3
"""Others who must be left to ask: the skills of two cannot be told from their one agreement."""
FEW = 8
"""Judges of whom twice as much is asked: their own skills are known the less, the fewer they are."""
GAIN = 9.0
"""Nats by which copying must explain a ring's votes better than skill does, were judges very many."""

Ring = list[int]
"""Codes of its workers; the first of them votes for all in `models.crowd.agreement.deflate`."""


class Comparison(NamedTuple):
    """Pairs of workers by how significantly they agree.

    Attributes
    ----------
    graph : networkx.Graph
        All workers by their codes; edges are significant pairs, with ``shared``, ``agreement``, ``excess``
        and ``jaccard``: see `models.crowd.annotator_graph.AnnotatorGraph`.
    apart : bool array, shape (workers, workers)
        Pairs that were compared and do not agree even at a level of 1 %.
    """

    graph: nx.Graph
    apart: np.ndarray


class Search(NamedTuple):
    """Rings that were found, and how.

    Attributes
    ----------
    rings : list of lists of int
    graph : networkx.Graph
        Significant pairs once every ring votes as one worker.
    n_iter : int
        Turns that were made.
    stop_reason : str
    """

    rings: list[Ring]
    graph: nx.Graph
    n_iter: int
    stop_reason: str


@dataclass(frozen=True)
class RingFinder:
    """Looks for rings among the workers of some votes.

    Attributes
    ----------
    votes : Votes
    shared : float64 array, shape (workers, workers)
        Common tasks of each pair, on the host.
    level, min_shared, min_ring, seed
        See `models.crowd.annotator_graph.AnnotatorGraph`.
    """

    votes: Votes
    shared: np.ndarray
    level: float
    min_shared: int
    min_ring: int
    seed: int

    def search(self, skills: ConfusionModel, sums: PairSums, apart: np.ndarray) -> Search:
        """Take the ring that outvotes the others first; then let rings vote as one, and look for more.

        Parameters
        ----------
        skills : ConfusionModel
            Of all workers, by their votes as they are.
        sums : PairSums
            Of all pairs by these skills.
        apart : bool array, shape (workers, workers)
            See `Comparison`.
        """
        rings = self._outvoting(sums)
        graph = self._as_one(rings)
        for turn in range(1, MOST_RINGS + 1):
            grown = self._joined(rings, graph, apart, skills) or self._with_next(rings, graph, skills)
            if grown is None:
                return Search(rings, graph, turn, "no further ring, and nobody to join one, was found")
            rings, graph = grown, self._as_one(grown)
        return Search(rings, graph, MOST_RINGS, f"{MOST_RINGS} turns were made")

    def compare(self, votes: Votes, sums: PairSums) -> Comparison:
        """Test every pair of workers with enough common tasks.

        The score over its standard deviation is standardised by all pairs, and significant at ``level``
        divided by their number (Bonferroni).

        Parameters
        ----------
        votes : Votes
            These, or with rings as one worker.
        sums : PairSums
            Of these votes.
        """
        shared, agreed, score, variance = (to_host(part) for part in sums)
        graph, apart = nx.empty_graph(len(shared)), np.zeros(shared.shape, dtype=bool)
        a, b = np.nonzero(np.triu(shared >= self.min_shared, 1))
        if not len(a):
            record(Choice(reason=f"no two workers have {self.min_shared} common tasks; none are compared"))
            return Comparison(graph, apart)
        excess = standardise(score[a, b] / np.sqrt(np.maximum(variance[a, b], 1e-9)))
        apart[a, b] = apart[b, a] = excess < norm.isf(0.01)
        tasks = to_host(tally(votes.worker, len(shared)))
        for pair in np.flatnonzero(excess > norm.isf(self.level / len(a))):
            i, j = int(a[pair]), int(b[pair])
            both = float(shared[i, j])
            graph.add_edge(
                i,
                j,
                shared=int(both),
                agreement=float(agreed[i, j]) / both,
                excess=float(excess[pair]),
                jaccard=both / float(tasks[i] + tasks[j] - both),
            )
        return Comparison(graph, apart)

    def _outvoting(self, sums: PairSums) -> list[Ring]:
        """The strongest ring by skills that it cannot deceive, if the others confirm it; one or none."""
        skills = robust(self.votes, sums.shared, sums.agreed)
        graph, _ = self.compare(self.votes, pairs(self.votes, *skills))
        return self._with_next([], graph, skills) or []

    def _as_one(self, rings: list[Ring]) -> nx.Graph:
        """Significant pairs where every ring votes as one worker, by the skills that then are learnt."""
        votes = deflate(self.votes, rings)
        return self.compare(votes, pairs(votes, *pooled_skills(votes))).graph

    def _joined(
        self, rings: list[Ring], graph: nx.Graph, apart: np.ndarray, skills: ConfusionModel
    ) -> list[Ring] | None:
        """Rings with those who agree with them as one, and are not apart from a member; None if nobody."""
        grown = [list(ring) for ring in rings]
        for ring in grown:
            known = {worker for other in grown for worker in other}
            alike = sorted(w for w in set(graph[ring[0]]) - known if not apart[w, ring].any())
            confirmed = self._confirmed(ring + alike, known, skills) if alike else []
            ring += [worker for worker in alike if worker in confirmed]
        return grown if grown != rings else None

    def _with_next(self, rings: list[Ring], graph: nx.Graph, skills: ConfusionModel) -> list[Ring] | None:
        """Rings and the strongest further one that the others confirm without its votes; None if none."""
        known = {worker for ring in rings for worker in ring}
        free = graph.subgraph(set(graph) - known)
        for core in sorted(self._cores(free), key=lambda core: -_strength(free.subgraph(core))):
            confirmed = self._confirmed(core, known, skills)
            if len(confirmed) >= self.min_ring:
                return [*rings, sorted(confirmed)]
        return None

    def _confirmed(self, core: Ring, known: set[int], skills: ConfusionModel) -> Ring:
        """Those of the core who copy each other by what the others know, if enough others are left to ask."""
        accused = sorted(known | set(core))
        judges = self._judges(core, accused)
        if judges < JUDGES:
            record(Choice(reason=self._no_verdict(core)))
            return []
        gain = gains(self.votes, accused, skills)
        copied = nx.from_numpy_array(gain.clip(min=0.0))
        confirmed = peel(nx.relabel_nodes(copied, dict(enumerate(accused))).subgraph(core))
        places = np.searchsorted(accused, confirmed)
        is_sure = gain[np.ix_(places, places)].sum() > GAIN * (1 + FEW / judges) * len(confirmed)
        return confirmed if is_sure else []

    def _judges(self, core: Ring, accused: list[int]) -> int:
        """Workers who are not accused, with enough tasks in common with the core."""
        most = self.shared[core].sum(axis=0)
        most[accused] = 0
        return int((most >= self.min_shared).sum())

    def _no_verdict(self, core: Ring) -> str:
        names = to_list(self.votes.workers)
        told = ", ".join(str(names[code]) for code in core[:5]) + (", ..." if len(core) > 5 else "")
        return (
            f"copying: no verdict on {len(core)} workers ({told}), who agree more than the skills explain: "
            f"fewer than {JUDGES} others have {self.min_shared} tasks in common with them, "
            "so nobody is left to ask"
        )

    def _cores(self, graph: nx.Graph) -> list[Ring]:
        """Cores of the communities, by Louvain, that are large enough for a ring."""
        communities = nx.community.louvain_communities(graph, weight="excess", seed=self.seed)
        return [core for part in communities if len(core := peel(graph.subgraph(part))) >= self.min_ring]


def pooled_skills(votes: Votes) -> ConfusionModel:
    """Confusions and priors by pooled Dawid-Skene."""
    return PooledDawidSkene(n_iter=50).fit(votes)._params


def peel(part: nx.Graph) -> Ring:
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
