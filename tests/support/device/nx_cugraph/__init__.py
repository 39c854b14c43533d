"""A stand-in for NetworkX's backend cuGraph: what the project asks of it, by plain NetworkX.

Answers are Python's dicts, lists and sets there too, so each is counted as a crossing.
"""

import networkx
from stand_in import crossing


class Graph:
    """A graph on the pretended device: only NetworkX asks for it."""

    __networkx_backend__ = "cugraph"

    def __init__(self, held):
        self._held = held
        self.is_directed, self.is_multigraph = held.is_directed, held.is_multigraph


def from_scipy_sparse_array(A, parallel_edges=False, create_using=None, edge_attribute="weight"):
    """Of a matrix on the device."""
    make = networkx.from_scipy_sparse_array.orig_func
    return Graph(make(A._m, parallel_edges, create_using, edge_attribute))


def convert_from_nx(graph, **options):
    crossing("graph", "in", 16 * graph.number_of_edges())
    return Graph(graph)


def convert_to_nx(found, **options):
    return found._held if isinstance(found, Graph) else found


def _size(found):
    if isinstance(found, dict):
        return 16 * len(found)
    return sum(map(_size, found)) if isinstance(found, list | set | tuple) else 8


def _function(name):
    asked = getattr(networkx, name, None) or getattr(networkx.community, name)

    def call(*args, **kwargs):
        found = asked.orig_func(*map(convert_to_nx, args), **kwargs)
        found = list(found) if hasattr(found, "__next__") else found
        crossing(name, "out", _size(found))
        return found

    return call


NAMES = (
    "connected_components jaccard_coefficient louvain_communities pagerank "
    "single_source_dijkstra_path_length single_source_shortest_path_length strongly_connected_components "
    "triangles weakly_connected_components"
)
globals().update({name: _function(name) for name in NAMES.split()})
