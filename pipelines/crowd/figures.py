"""Figures of crowd votes: confusions, quality by votes, label-once curves, the graph of agreement."""

from itertools import cycle
from typing import Any

import networkx as nx
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from etl.engine.types import Frame
from etl.handoff import to_host, to_list
from models.crowd.annotator_graph import AnnotatorGraph
from models.crowd.pooled import PooledDawidSkene
from pipelines.crowd.names import named
from pipelines.figures import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    RED,
    empty,
    label_ends,
    legend_below,
    name_points,
    new_figure,
    short,
)

SHADES = (BLUE, ORANGE, GREEN, RED, "#CC79A7", "#56B4E9", GREY)
FEW = 12
"""Labels that are named."""
MOST = 5
"""Workers whose confusions are drawn beside the pooled one."""


def confusions(pooled: np.ndarray, workers: dict[str, Any], labels: list[str]) -> Figure:
    """Confusion of all workers together, and of those with most votes: rows are true labels.

    Parameters
    ----------
    pooled : array, shape (classes, classes)
    workers : dict of arrays of that shape, by worker
    labels : list of str
    """
    worst = float(1 - np.diag(pooled).mean())
    figure, axes = new_figure(
        f"A vote is wrong with probability {worst:.0%}, averaged over labels", 11, 3.1, 1 + len(workers)
    )
    titles = ["all workers", *(f"worker {name}" for name in workers)]
    for ax, title, values in zip(axes, titles, [pooled, *workers.values()], strict=True):
        ax.grid(visible=False)
        ax.imshow(values, cmap="Blues", vmin=0, vmax=1)
        ax.set_title(short(title), fontsize=9, loc="left")
        _ticks(ax, labels, ax is axes[0])
        if len(labels) <= 4:
            for (row, column), value in np.ndenumerate(values):
                colour = "white" if value > 0.6 else "black"
                ax.text(column, row, f"{value:.2f}", ha="center", va="center", color=colour, fontsize=7)
    axes[0].set_ylabel("true label")
    figure.supxlabel(f"label voted{'' if len(labels) <= FEW else f' ({len(labels)}, not named)'}", fontsize=9)
    return figure


def _ticks(ax: Axes, labels: list[str], named: bool) -> None:
    shown = [short(label, 12) for label in labels] if len(labels) <= FEW else []
    ax.set_xticks(range(len(shown)), shown, rotation=60, ha="right", rotation_mode="anchor", fontsize=7)
    ax.set_yticks(range(len(shown)) if named else [], shown if named else [], fontsize=7)


def quality(votes: np.ndarray, skill: np.ndarray, group: list[str], chance: float) -> Figure:
    """Each worker's probability of being right against the number of votes they gave.

    Parameters
    ----------
    votes, skill : arrays, shape (workers,)
    group : list of str
        ``worker``, ``ring`` or ``spammer`` of each.
    chance : float
        Probability of a guess to be right.
    """
    share = float(votes[np.argsort(-votes)][: max(1, len(votes) // 10)].sum() / votes.sum())
    figure, (ax,) = new_figure(f"One worker in ten gives {share:.0%} of the votes")
    kinds = (("worker", "worker", BLUE), ("spammer", "spammer", RED), ("ring", "ring member", ORANGE))
    for name, told, colour in kinds:
        chosen = np.array([own == name for own in group], dtype=bool)
        if count := int(chosen.sum()):
            label = f"{count:,} {told}{'s' * (count > 1)}"
            ax.scatter(votes[chosen], skill[chosen], s=18, color=colour, alpha=0.7, linewidths=0, label=label)
    ax.axhline(chance, color=GREY, linestyle=":", linewidth=1, label="a guess")
    ax.set(xscale="log", xlabel="votes given", ylabel="probability of being right", ylim=(-0.02, 1.02))
    legend_below(figure)
    return figure


def label_once(points: list[dict[str, Any]], title: str, xlabel: str) -> Figure:
    """Accuracy by votes a task, a line a method, with 95 % intervals.

    Parameters
    ----------
    points : list of dict
        From `models.crowd.redundancy.curve`.
    """
    if not points:
        return empty(title, "Not measured: no labels are known, so no accuracy is.")
    figure, (ax,) = new_figure(title, 8, 4.6)
    methods = list(dict.fromkeys(point["method"] for point in points))
    ends = list[tuple[float, float, str, str]]()
    for place, (method, colour) in enumerate(zip(methods, cycle(SHADES), strict=False)):
        own = [point for point in points if point["method"] == method]
        x = [point["redundancy"] * 1.012 ** (place - len(methods) / 2) for point in own]
        bars = [point["half"] or 0.0 for point in own]
        ax.errorbar(
            x, [p["mean"] for p in own], yerr=bars, color=colour, linewidth=2, capsize=3, marker="o", ms=4
        )
        ends.append((x[-1], own[-1]["mean"], named(method), colour))
    ticks = sorted({point["redundancy"] for point in points})
    ax.set(xscale="log", xlabel=xlabel, ylabel="accuracy against the known labels")
    ax.set_xticks(ticks, [str(tick) for tick in ticks])
    ax.set_xlim(ticks[0] * 0.93, ticks[-1] * 1.07)
    low, high = ax.get_ylim()
    ax.set_ylim(max(low, -0.02), min(high, 1.02))  # intervals of few draws go beyond what can be
    ax.minorticks_off()
    label_ends(ax, ends)
    return figure


def agreement(graph: nx.Graph, rings: list[list[Any]], spammers: list[Any]) -> Figure:
    """Workers who agree beyond chance, joined; rings and spammers in colour.

    Parameters
    ----------
    graph : networkx.Graph
        Edges are pairs whose agreement is significant.
    """
    alone = len(set(spammers) - {worker for ring in rings for worker in ring})
    told = f"{len(rings)} ring{'s' * (len(rings) != 1)} of copiers"
    told += f" and {alone} {'other ' * bool(rings)}spammer{'s' * (alone != 1)}"
    title = f"Who votes alike: {told} among {graph.number_of_nodes()} workers"
    if not graph.number_of_edges():
        return empty(title, "No two workers agree more than their skills explain.")
    figure, (ax,) = new_figure(title, 7.5, 6)
    ax.set_axis_off()
    ringed = {worker: place for place, ring in enumerate(rings) for worker in ring}
    place = nx.spring_layout(graph, seed=0, k=1.2 / max(1, graph.number_of_nodes()) ** 0.5)
    _edges(ax, graph, place, ringed)
    names = list(place)
    points = np.array([place[name] for name in names]).reshape(-1, 2)
    colours = [ORANGE if name in ringed else RED if name in spammers else BLUE for name in names]
    areas = np.array([60 if name in ringed else 22 for name in names])
    ax.scatter(points[:, 0], points[:, 1], s=areas, c=colours, zorder=2, linewidths=0)
    ax.margins(0.06)
    order = [number for number, name in enumerate(names) if name in ringed or name in spammers]
    lacking = name_points(ax, points, [short(name, 16) for name in names], order, areas, colours=colours)
    if lacking:
        figure.supxlabel(
            f"{lacking} of the {len(order)} in colour have no name, for lack of room", fontsize=9
        )
    return figure


def _edges(ax: Axes, graph: nx.Graph, place: dict[Any, np.ndarray], ringed: dict[Any, int]) -> None:
    """Lines between those who agree, those within a ring in colour."""
    lines = {True: ORANGE, False: "#c3cad1"}
    for one, other in graph.edges:
        same = one in ringed and ringed[one] == ringed.get(other)
        ax.plot(
            *zip(place[one], place[other], strict=True),
            color=lines[same],
            linewidth=2 if same else 0.6,
            zorder=1,
        )


def all_figures(
    model: PooledDawidSkene, graph: AnnotatorGraph | None, points: dict[str, list[dict[str, Any]]]
) -> dict[str, Figure]:
    """All figures of a run: of a fitted `PooledDawidSkene`, the graph of workers, and the curves."""
    if not hasattr(model, "confusion_"):
        return {}
    workers, classes = len(model.workers_), len(model.classes_)
    cube = np.asarray(_host(model.confusion_)).reshape(workers, classes, classes)
    votes = np.asarray(_host(model.votes_))
    most = np.argsort(-votes)[: MOST if classes <= 20 else 3]
    names = [str(name) for name in to_list(model.workers_)]
    pooled = np.average(cube, axis=0, weights=votes)
    found = {
        "confusions": confusions(
            pooled, {names[w]: cube[w] for w in most}, [str(k) for k in to_list(model.classes_)]
        ),
        "quality": quality(votes, np.asarray(_host(model.skills_)), _groups(model, graph), 1 / classes),
    }
    if graph is not None:
        found["agreement"] = agreement(graph.graph_, graph.rings_, graph.spammers_)
    if points.get("budget"):
        noisy = [point for point in points["budget"] if point["method"] != "gold"]
        best = max(noisy, key=lambda point: point["mean"])
        half = f" ± {best['half']:.3f}" if best["half"] is not None else ""
        title = f"Same votes in all: best from votes is {named(best['method'])} with "
        title += f"{best['redundancy']} a task, {best['mean']:.3f}{half}"
        found["label_once"] = label_once(points["budget"], title, "votes a task, of a fixed number in all")
    if points.get("votes"):
        shown = [point for point in points["votes"] if point["redundancy"]]
        found["by_votes"] = label_once(shown, "What more votes on the same tasks add", "votes a task")
    return found


def _groups(model: PooledDawidSkene, graph: AnnotatorGraph | None) -> list[str]:
    ringed = {worker for ring in graph.rings_ for worker in ring} if graph is not None else set()
    spammers = set(graph.spammers_) if graph is not None else set()
    return [
        "ring" if worker in ringed else "spammer" if worker in spammers else "worker"
        for worker in to_list(model.workers_)
    ]


def _host(frame: Frame) -> Any:
    return to_host(frame.values)
