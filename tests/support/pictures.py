"""Inputs of every figure of every story: tiny ones, and huge ones with names that are hard to draw."""

from collections.abc import Callable
from types import SimpleNamespace

import networkx
import numpy as np
import pandas
import torch
from matplotlib.figure import Figure

from etl.tensors.axes import Axis
from models.statespace.panel import panel
from pipelines import figures as common
from pipelines.clusters import figures as clusters
from pipelines.crowd import figures as crowd
from pipelines.factors import figures as factors
from pipelines.factors.data import Table
from pipelines.factors.measures import Filled
from pipelines.forecast import figures as forecast
from pipelines.graph import figures as graph

HARD = [
    "a$_$",
    "$5-$10",
    "x_y^2",
    "100 %",
    r"\frac{1}{2}",
    "漢字かな交じり文の名前",
    "W" * 90,
    "two\nlines",
    "café & <b>",
]
Picture = Callable[[], Figure]


def hard(count: int) -> list[str]:
    """So many names, no two alike."""
    return [f"{HARD[place % len(HARD)]} {place}" for place in range(count)]


def decades(count: int) -> np.ndarray:
    """Values over twelve decades."""
    return np.logspace(-3, 9, count)


def pictures(huge: bool) -> dict[str, Picture]:
    """Figures that every run has, and those of votes, rows, series and graphs, by story and name."""
    return by_story((_common, _crowd, _clusters, _factors, _forecast, _graph), huge)


def by_story(stories: tuple[Callable[[bool], dict[str, Picture]], ...], huge: bool) -> dict[str, Picture]:
    """All figures of stories."""
    return {f"{story.__name__[1:]}: {name}": draw for story in stories for name, draw in story(huge).items()}


def _common(huge: bool) -> dict[str, Picture]:
    count = 30 if huge else 1
    stages = [
        {"name": name, "start": float(place), "wall": float(value), "cpu": float(value)}
        for place, (name, value) in enumerate(zip(hard(count), decades(count), strict=True))
    ]
    rows = [
        {
            "stage": name,
            "from": "pandas",
            "to": "xgboost",
            "copies": ("none", "device", "host")[place % 3],
            "times": 1,
            "bytes": float(value) * 1000,
        }
        for place, (name, value) in enumerate(zip(hard(count), decades(count), strict=True))
    ]
    narrow = [row | {"bytes": 1500 + 100 * place} for place, row in enumerate(rows)]
    return {
        "timeline": lambda: common.timeline(stages),
        "ledger": lambda: common.ledger(rows),
        "ledger, narrow": lambda: common.ledger(narrow),
    }


def _crowd(huge: bool) -> dict[str, Picture]:
    rng = np.random.default_rng(0)
    classes, workers = (60, 400) if huge else (1, 1)
    cube = rng.dirichlet(np.ones(classes), (6, classes))
    votes = decades(workers).round() + 1 if huge else np.array([1.0])
    groups = [("worker", "ring", "spammer")[place % 3] for place in range(workers)]
    graph_ = networkx.gnm_random_graph(60, 90, seed=0) if huge else networkx.path_graph(2)
    graph_ = networkx.relabel_nodes(graph_, dict(enumerate(hard(len(graph_)))))
    ring = list(graph_)[: 20 if huge else 2]
    methods = ["majority", "dawid_skene", "mbem", "gold", "votes", "a", "b"] if huge else ["majority"]
    points = [
        {"method": name, "redundancy": times, "mean": 0.9, "half": 0.1 if huge else None, "tasks": 1}
        for name in methods
        for times in ((1, 2, 3, 5, 400) if huge else (1,))
    ]
    few = cube[:, :3, :3]
    return {
        "confusions": lambda: crowd.confusions(
            cube[0], dict(zip(hard(5), cube[1:], strict=True)), hard(classes)
        ),
        "confusions, few": lambda: crowd.confusions(
            few[0], dict(zip(hard(5), few[1:], strict=True)), hard(len(few[0]))
        ),
        "quality": lambda: crowd.quality(votes, rng.random(workers), groups, 1 / max(2, classes)),
        "quality, narrow": lambda: crowd.quality(130 + np.arange(workers), rng.random(workers), groups, 0.1),
        "agreement": lambda: crowd.agreement(graph_, [ring], list(graph_)[20:25]),
        "label_once": lambda: crowd.label_once(points, "Same votes in all", "votes a task"),
    }


def _clusters(huge: bool) -> dict[str, Picture]:
    rng = np.random.default_rng(0)
    rows, many, columns = (3000, 60, 400) if huge else (4, 2, 1)
    label = np.arange(rows) % many
    X = rng.normal(size=(rows, columns)) + 5 * label[:, None] * (np.arange(columns) == 0)
    found = {"rows": rows, "clusters": many, "components": min(2, columns), "agreement": 0.5}
    curve = {
        "silhouette": dict.fromkeys(range(2, many + 1), 0.1),
        "inertia": dict.fromkeys(range(2, many + 1), 1e9),
    }
    far = {"far": np.sort(rng.random(400 if huge else 2)), "radius": 0.5}
    known = pandas.Series(np.array(hard(40 if huge else 1))[np.arange(rows) % (40 if huge else 1)])
    widths = (rng.uniform(-1, 1, rows), np.arange(rows))
    explained = np.full(columns, 1 / columns).tolist()
    return {
        "map": lambda: clusters.scatter(X, label, found, "component"),
        "map, noise": lambda: clusters.scatter(X, np.full(rows, -1), found | {"clusters": 0}, "column"),
        "choice": lambda: clusters.choice(curve, found),
        "choice, radius": lambda: clusters.choice(far, found),
        "spectrum": lambda: clusters.spectrum(explained, 2),
        "silhouettes": lambda: clusters.silhouettes(label, widths),
        "profile": lambda: clusters.profile(X, hard(columns), label),
        "classes": lambda: clusters.classes(known, label, found),
    }


def _factors(huge: bool) -> dict[str, Picture]:
    rng = np.random.default_rng(0)
    sizes, rank = ((60, 40, 288), 12) if huge else ((2, 2, 2), 1)
    names = pandas.Index(hard(sizes[0]))
    days, minutes = 86400.0 * np.arange(sizes[1]), 300.0 * np.arange(sizes[2])
    micro = [pandas.Index((1e6 * each).astype("int64")) for each in (days, minutes)]
    axes = [
        Axis("W" * 60 if huge else "a", names, "id", None),
        Axis("$day$", micro[0], "date", days),
        Axis("minute", micro[1], "clock", minutes),
    ]
    values = rng.choice(decades(50), sizes)
    gaps = np.where(rng.random(sizes) < 0.4, np.nan, values) if huge else values.copy()
    gaps[0, 0] = np.nan
    table = Table(gaps, axes, {}, 2, 1)
    known = np.flatnonzero(~np.isnan(gaps))[:: 7 if huge else 1]
    filled = Filled(values, values, 0.1, known, np.full(len(known), 9.0))
    found = {
        "method": "cp",
        "rank": rank,
        "ranks": {str(k): 1e9 / k for k in range(1, rank + 1)},
        "baselines": {"mean": 9e8, "seasonal mean": 9.01e8, "linear interpolation": None},
        "held_out_rmse": 1e9 / rank,
        "held_out_rmse_of_fit": 1.1e9 / rank,
        "carried": (1.0, 0.5),
        "in_deviations": huge,
    }
    patterns = [rng.normal(size=(size, rank)) for size in sizes]
    unordered = Table(gaps, [one.as_ordered(False) for one in axes], {}, None, 1)
    return {
        "factors": lambda: factors.factors(axes, patterns, "cp"),
        "factors, names": lambda: factors.factors(unordered.axes, patterns, "tucker"),
        "ranks": lambda: factors.ranks(found),
        "errors": lambda: factors.errors(found),
        "gaps": lambda: factors.gaps(table, filled, 2),
        "gaps, names": lambda: factors.gaps(unordered, filled, 0),
        "anomalies": lambda: factors.anomalies(table, filled, 2),
        "anomalies, days": lambda: factors.anomalies(table, filled, 1),
    }


def _forecast(huge: bool) -> dict[str, Picture]:
    rng = np.random.default_rng(0)
    names, steps, horizon = (hard(3), 800, 400) if huge else (["a"], 3, 1)
    starts = pandas.date_range("2020-01-01", periods=steps, freq="h" if huge else "D")
    frame = pandas.concat(
        pandas.DataFrame({"unique_id": name, "ds": starts, "y": rng.choice(decades(50), steps)})
        for name in names
    )
    series = panel(frame)
    value = rng.random((5, len(names), horizon)) * 1e9
    ahead = series.frame(
        horizon,
        {
            name: torch.as_tensor(each).numpy()
            for name, each in zip(("mean", "lo-80", "hi-80", "lo-95", "hi-95"), value, strict=True)
        },
    )
    methods = ["naive", "seasonal naive", "climatology", "ets", "arima", "auto", "anomalies"]
    rows = [
        {
            "method": name,
            "rmse": 1e9,
            "horizon": rng.random(horizon).tolist(),
            "coverage": {"80": 0.7, "95": 1.0},
        }
        for name in (methods if huge else methods[:1])
    ]
    return {
        "horizon": lambda: forecast.horizon(rows),
        "coverage": lambda: forecast.coverage(rows),
        "examples": lambda: forecast.examples(series, ahead, steps - horizon, value, "anomalies"),
    }


def _graph(huge: bool) -> dict[str, Picture]:
    rng = np.random.default_rng(0)
    count = 400 if huge else 1
    ends = rng.integers(0, count, (2, 3 * count)) if huge else np.zeros((2, 1), dtype=int)
    edges = SimpleNamespace(source=ends[0], target=ends[1])
    nodes = pandas.DataFrame(
        {
            "node": hard(count),
            "pagerank": decades(count) / decades(count).sum(),
            "component": 0,
            "community": np.arange(count) % 60,
            "degree": decades(count).astype(int) + 1,
        }
    )
    return {
        "drawing": lambda: graph.drawing(edges, nodes, 150, 0),
        "ranks": lambda: graph.ranked(nodes),
        "communities": lambda: graph.parts(nodes, 0.5),
        "degrees": lambda: graph.degrees(nodes["degree"].to_numpy()),
        "degrees, narrow": lambda: graph.degrees(np.arange(120, 120 + count)),
        "distances": lambda: graph.distances(np.arange(count) % 60, nodes["node"].iloc[-1]),
        "distances, weights": lambda: graph.distances(decades(count) + 0.5, nodes["node"].iloc[0]),
    }
