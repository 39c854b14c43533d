"""Figures of the clusters pipeline: a map, the choice, the spectrum, silhouettes, profiles, known classes."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from etl.engine import array_namespace, engine_of
from etl.engine.types import Array, Series
from etl.handoff import to_host, to_list
from models.clustering import sample
from pipelines.clusters.data import Rows
from pipelines.clusters.measures import Parts, Widths
from pipelines.figures import (
    BLUE,
    GREY,
    MORE,
    RED,
    empty,
    label_ends,
    name_points,
    new_figure,
    short,
    whole_ticks,
)

MARKERS = "o^sXDv*P"
"""Of the first clusters that differ in colour, and of those that follow."""
POINTS = 5000
"""Rows on the map."""
NAMED = 18
"""Clusters that are named beside their silhouettes."""
COLUMNS = 20
"""Columns of the profile."""


def all_figures(rows: Rows, parts: Parts, metrics: dict[str, Any], worth: Widths | None) -> dict[str, Figure]:
    """All figures of a run."""
    pictures = {
        "map": scatter(parts.Z, parts.label, metrics, "component" if parts.explained else "column"),
        "choice": choice(parts.curve, metrics),
        "silhouettes": silhouettes(parts.label, worth),
    }
    if parts.explained:
        pictures["spectrum"] = spectrum(parts.explained, metrics["components"])
    if metrics["clusters"] > 1 and not hasattr(rows.X, "tocsr"):
        pictures["profile"] = profile(rows.X, rows.names, parts.label)
    if rows.known is not None:
        pictures["classes"] = classes(rows.known, parts.label, metrics)
    return pictures


def colour(number: int) -> str:
    """Colour of a cluster; noise is grey."""
    return GREY if number < 0 else MORE[number % len(MORE)]


def marker(number: int) -> str:
    """Marker of a cluster, which differs where colours are the same.

    Examples
    --------
    >>> colour(0) == colour(12), marker(0) == marker(12)
    (True, False)
    """
    return MARKERS[max(0, number) // len(MORE) % len(MARKERS)]


def scatter(Z: Array, label: Array, metrics: dict[str, Any], axis: str) -> Figure:
    """Rows by their first two components, or columns."""
    rows = sample(array_namespace(label).arange(len(label)), POINTS, 0)
    at, code = to_host(Z[rows][:, :2]), to_host(label[rows])
    at = np.column_stack([at, np.zeros(len(at))])[:, :2]
    figure, (ax,) = new_figure(_map_title(metrics), 7.5, 6)
    order = np.random.default_rng(0).permutation(len(at))
    for each in dict.fromkeys(map(marker, np.unique(code))):
        own = [row for row in order if marker(code[row]) == each]
        shades = [colour(number) for number in code[own]]
        ax.scatter(at[own, 0], at[own, 1], s=10, c=shades, marker=each, alpha=0.65, linewidths=0)
    found = [number for number in range(metrics["clusters"]) if (code == number).any()]
    if found:
        middles = np.array([np.median(at[code == number], axis=0) for number in found])
        sizes, told = np.bincount(code[code >= 0])[found], [str(number) for number in found]
        boxed = {"facecolor": "white", "edgecolor": "#B9C2CB", "pad": 1.5}
        order = np.argsort(-sizes, kind="stable")
        name_points(ax, middles, told, order.tolist(), np.zeros(len(found)), size=9,
                    colours=[colour(number) for number in found], fontweight="bold", bbox=boxed)  # fmt: skip
    ax.set(xlabel=f"first {axis}", ylabel=f"second {axis}")
    return figure


def _map_title(metrics: dict[str, Any]) -> str:
    clusters, noise = metrics["clusters"], metrics.get("noise", 0)
    told = f"{metrics['rows']:,} rows in {clusters} cluster{'s' * (clusters != 1)}"
    return told + (f"; {noise:,} in none, grey" if noise else "")


def choice(curve: dict[str, Any], metrics: dict[str, Any]) -> Figure:
    """Silhouette and inertia by the number of clusters; or distances to neighbours, and the radius."""
    if "far" in curve:
        figure, (ax,) = new_figure(f"Distances to neighbours turn up at {curve['radius']:.3g}", 7, 4.2)
        ax.plot(np.linspace(0, 100, len(curve["far"])), curve["far"], color=BLUE)
        ax.axhline(curve["radius"], color=RED, linestyle=":")
        ax.set(xlabel="% of the rows", ylabel="distance to the farthest of the neighbours", ylim=(0, None))
        return figure
    worth = curve["silhouette"]
    if len(worth) < 2:
        return empty("Number of clusters", f"{metrics['clusters']}, as asked for; no others were compared.")
    figure, (left, right) = new_figure(f"{metrics['clusters']} clusters have the highest silhouette", 9, 4, 2)
    for ax, values, name in (
        (left, worth, "mean silhouette"),
        (right, curve["inertia"], "inertia (sum of squared distances)"),
    ):
        ax.plot(list(values), list(values.values()), color=BLUE, marker="o")
        ax.plot(metrics["clusters"], values[metrics["clusters"]], color=RED, marker="o", markersize=10)
        ax.set(xlabel="clusters", ylabel=name, xlim=(min(values) - 0.5, max(values) + 0.5))
        whole_ticks(ax.xaxis)
    return figure


def spectrum(explained: list[float], kept: int) -> Figure:
    """Share of the variance by the number of components."""
    total = np.cumsum(explained) * 100
    kept = min(kept, len(total))
    figure, (ax,) = new_figure(f"{kept} components explain {total[kept - 1]:.0f}% of the variance", 7, 4)
    ax.plot(np.arange(1, len(total) + 1), total, color=BLUE, marker="o", markersize=3.5)
    ax.axvline(kept, color=RED, linestyle=":")
    ax.set(xlabel="components", ylabel="% of the variance", ylim=(0, 102))
    return figure


def silhouettes(label: Array, worth: Widths | None) -> Figure:
    """Silhouettes of rows in order, cluster by cluster."""
    if worth is None:
        return empty("Silhouettes", "Not defined: there are fewer than two clusters.")
    value, code = to_host(worth[0]), to_host(label[worth[1]])
    share = (value < 0).mean()
    figure, (ax,) = new_figure(
        f"Mean silhouette {value.mean():.2f}; {share:.0%} of the rows lie nearer to another cluster", 7.5, 5
    )
    begin, middles = 0, dict[int, float]()
    gap = max(1, len(value) // 100)
    for number in np.unique(code):
        own = np.sort(value[code == number])
        ax.fill_betweenx(np.arange(begin, begin + len(own)), 0, own, color=colour(number), linewidth=0)
        middles[int(number)] = begin + len(own) / 2
        begin += len(own) + gap
    ax.axvline(value.mean(), color=GREY, linestyle=":")
    ax.set(xlabel="silhouette", yticks=[], ylim=(-gap, begin))
    ax.grid(axis="y", visible=False)
    names = {number: "noise" if number < 0 else f"{number}" for number in middles}
    right = ax.get_xlim()[1]
    label_ends(ax, [(right, middles[n], names[n], colour(n)) for n in _largest(code, middles)])
    return figure


def _largest(code: np.ndarray, middles: dict[int, float]) -> list[int]:
    """Clusters that are named, of all that there are."""
    return sorted(middles, key=lambda number: -int((code == number).sum()))[:NAMED]


def profile(X: Array, names: list[str], label: Array) -> Figure:
    """Means of columns by cluster, of those columns where they differ most."""
    xp = array_namespace(X)
    spread = xp.maximum(X.std(axis=0), 1e-12)
    means = np.array(
        [
            to_host((X[label == number].mean(axis=0) - X.mean(axis=0)) / spread)
            for number in range(int(label.max()) + 1)
        ]
    )
    best = np.sort(np.argsort(-np.ptp(means, axis=0), kind="stable")[:COLUMNS])
    most = names[int(np.ptp(means, axis=0).argmax())]
    figure, (ax,) = new_figure(
        f"Clusters differ most in {short(most)}", 4 + 0.5 * len(means), 1.6 + 0.26 * len(best)
    )
    reach = max(1.0, float(np.abs(means[:, best]).max()))
    image = ax.imshow(means[:, best].T, cmap="RdBu_r", vmin=-reach, vmax=reach, aspect="auto")
    ax.set_yticks(range(len(best)), [short(names[place], 32) for place in best], fontsize=9)
    ax.set_xticks(range(len(means)))
    ax.set(xlabel="cluster")
    ax.grid(visible=False)
    figure.colorbar(image, ax=ax, label="standard deviations")
    return figure


def classes(known: Series, label: Array, metrics: dict[str, Any]) -> Figure:
    """Share of each known class, by cluster."""
    code, names = engine_of(known).df.factorize(known, sort=True)
    code, label = to_host(array_namespace(label).asarray(code)), to_host(label)
    if len(names) > 40 or "agreement" not in metrics:
        return empty("Known classes", f"{len(names)} classes are too many to show, or too few rows have one.")
    numbers = np.unique(label)
    table = np.array(
        [[(label[code == row] == number).mean() for number in numbers] for row in range(len(names))]
    )
    words = f"Clusters and known classes: adjusted Rand index {metrics['agreement']:.2f}"
    figure, (ax,) = new_figure(words, 4 + 0.45 * len(numbers), 1.6 + 0.3 * len(names))
    ax.imshow(100 * table, cmap="Blues", vmin=0, vmax=100, aspect="auto")
    narrow = len(numbers) > NAMED
    for (row, column), share in np.ndenumerate(table):
        if share >= 0.05 and not narrow:
            ax.text(column, row, f"{100 * share:.0f}", ha="center", va="center", fontsize=8.5,
                    color="white" if share > 0.6 else "#1b1f24")  # fmt: skip
    ax.set_yticks(range(len(names)), [short(name, 32) for name in to_list(names)], fontsize=9)
    ax.set_xticks(range(len(numbers)), ["noise" if number < 0 else str(number) for number in numbers])
    ax.set(xlabel="cluster; numbers are % of the class", ylabel="known class")
    ax.grid(visible=False)
    return figure
