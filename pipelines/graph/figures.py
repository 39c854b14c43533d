"""Figures of the graph pipeline: the graph itself, ranks, communities, degrees, distances."""

from typing import Any

import networkx
import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from etl.engine.types import Frame
from etl.graph.edges import Graph
from etl.handoff import to_host
from pipelines.figures import (
    BLUE,
    GREY,
    MORE,
    bars,
    empty,
    name_points,
    new_figure,
    power,
    short,
    whole_ticks,
)

COLOURS = MORE[:8]
"""Of the largest communities; all others are grey."""
NAMED = 12
"""Nodes that are named in the drawing."""
MOST = 15
"""Bars that are shown."""
BACK = {"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.6}


def all_figures(
    graph: Graph, nodes: Frame, metrics: dict[str, Any], most: int, seed: int
) -> dict[str, Figure]:
    """All figures of a run."""
    return {
        "drawing": drawing(graph, nodes, most, seed),
        "ranks": ranked(nodes),
        "communities": parts(nodes, metrics["modularity"]),
        "degrees": degrees(nodes["degree"].to_numpy()),
        "distances": distances(nodes["distance"].dropna().to_numpy(), metrics["start"]),
    }


def shown(nodes: Frame, most: int) -> np.ndarray:
    """Codes of the nodes that are drawn: all, or the highest ranks of the largest component.

    Examples
    --------
    >>> import pandas
    >>> shown(pandas.DataFrame({"component": [0, 1, 0, 0], "pagerank": [0.1, 0.5, 0.2, 0.2]}), 2).tolist()
    [2, 3]
    """
    if len(nodes) <= most:
        return np.arange(len(nodes))
    largest = nodes.reset_index(drop=True).query("component == 0")
    return np.sort(largest.nlargest(most, "pagerank").index.to_numpy())


def drawing(graph: Graph, nodes: Frame, most: int, seed: int) -> Figure:
    """The graph, laid out by springs."""
    codes = shown(nodes, most)
    ends = drawn_edges(graph, codes, len(nodes))
    points = layout(len(codes), ends, seed)
    words = f"{short(nodes['node'].iloc[int(nodes['pagerank'].argmax())])} leads {len(nodes):,} nodes with "
    words += f"{len(graph.source):,} edges"
    if len(codes) < len(nodes):
        words += f"; the {len(codes)} of the highest ranks are drawn"
    figure, (ax,) = new_figure(words, 9, 7.2)
    ax.set_axis_off()
    lines = LineCollection(list(points[ends]), colors="#B9C2CB", linewidths=0.6, alpha=0.7, zorder=1)
    ax.add_collection(lines)
    rank, label = (nodes[name].to_numpy()[codes] for name in ("pagerank", "community"))
    area = 12 + 500 * rank / rank.max() / max(1.0, len(codes) / 60)
    x, y = points.T
    ax.scatter(x, y, s=area, c=_colours(label), edgecolors="white", linewidths=0.5, zorder=2)
    ax.margins(0.06)
    names = [short(name) for name in nodes["node"].iloc[codes]]
    order = np.argsort(-rank, kind="stable").tolist()
    name_points(ax, points, names, order, area, most=NAMED, size=8.5, bbox=BACK, zorder=3)
    return figure


def drawn_edges(graph: Graph, codes: np.ndarray, count: int) -> np.ndarray:
    """Edges between drawn nodes, by their numbers among these, int, shape (edges, 2); no self-loops."""
    number = np.full(count, -1)
    number[codes] = np.arange(len(codes))
    source, target = (number[to_host(end)] for end in (graph.source, graph.target))
    kept = (source >= 0) & (target >= 0) & (source != target)
    return np.stack([source[kept], target[kept]], axis=1)


def layout(size: int, ends: np.ndarray, seed: int) -> np.ndarray:
    """Places of nodes, shape (size, 2): each component by springs in a square of its own, largest first."""
    whole: Any = networkx.Graph()
    whole.add_nodes_from(range(size))
    whole.add_edges_from(ends.tolist())
    pieces = sorted(networkx.connected_components(whole), key=len, reverse=True)
    points = np.zeros((size, 2))
    x = y = row = 0.0
    for piece in pieces:
        part, width = sorted(piece), np.sqrt(len(piece))
        if x and x + width > 1.6 * np.sqrt(size):
            x, y, row = 0.0, y - row - 0.4, 0.0
        far = 2 / np.sqrt(len(part))
        spring = networkx.spring_layout(whole.subgraph(part), k=far, seed=seed, iterations=100)
        own = np.array([spring[node] for node in part])
        span = np.ptp(own, axis=0).max() or 1.0
        points[part] = (own - own.min(axis=0)) / span * width * 0.8 + [x, y - width]
        x, row = x + width + 0.4, max(row, width)
    return points


def _colours(label: np.ndarray) -> list[str]:
    """Colours of the largest communities, which have the first numbers; all others are grey."""
    return [COLOURS[part] if part < len(COLOURS) else GREY for part in label]


def ranked(nodes: Frame) -> Figure:
    """The highest ranks."""
    best = nodes.nlargest(MOST, "pagerank")
    share = 100 * best["pagerank"].to_numpy()
    words = f"The first {len(best)} nodes carry {share.sum():.0f}% of the rank"
    figure, (ax,) = new_figure(words, 7.5, 1.2 + 0.28 * len(best))
    bars(ax, list(best["node"]), share, [f"{value:.2f}" for value in share]).set(xlabel="% of the rank")
    return figure


def parts(nodes: Frame, modularity: float) -> Figure:
    """Sizes of the largest communities, in the colours of the drawing."""
    sizes = nodes["community"].value_counts().sort_index()[:MOST]
    best = nodes.loc[nodes.groupby("community")["pagerank"].idxmax()].set_index("community")["node"]
    words = f"{nodes['community'].nunique():,} communities, modularity {modularity:.2f}"
    figure, (ax,) = new_figure(words, 7.5, 1.2 + 0.28 * len(sizes))
    names, count = [f"{number}: {best[number]}" for number in sizes.index], sizes.to_numpy()
    told = [f"{value:,}" for value in count]
    bars(ax, names, count, told, _colours(sizes.index.to_numpy())).set(xlabel="nodes")
    return figure


def degrees(degree: np.ndarray) -> Figure:
    """Share of the nodes with at least so many neighbours, on logarithmic axes."""
    linked = np.sort(degree[degree > 0])
    if not len(linked):
        return empty("Neighbours", "No node has a neighbour.")
    figure, (ax,) = new_figure(
        f"Half of the nodes have at most {int(np.median(degree)):,} neighbours, one has {linked[-1]:,}",
        7,
        4.2,
    )
    value, first = np.unique(linked, return_index=True)
    ax.plot(value, (len(linked) - first) / len(degree) * 100, color=BLUE, marker="o", markersize=3.5)
    ax.set(xscale="log", yscale="log", xlabel="neighbours", ylabel="% of nodes with at least this many")
    return figure


def distances(metrics: np.ndarray, start: str) -> Figure:
    """How many nodes lie how far from the start."""
    words = f"Half of the nodes that {short(start)} reaches are within {power(float(np.median(metrics)))}"
    figure, (ax,) = new_figure(words, 7, 4)
    if (metrics == np.rint(metrics)).all() and metrics.max() <= 60:
        ax.bar(np.arange(int(metrics.max()) + 1), np.bincount(metrics.astype(int)), color=BLUE, width=0.75)
        whole_ticks(ax.xaxis)
    else:
        ax.hist(metrics, bins=40, color=BLUE)
    ax.set(xlabel=f"distance from {short(start)}", ylabel="nodes")
    ax.grid(axis="x", visible=False)
    return figure
