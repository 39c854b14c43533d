"""A map of topics: those that use the same words lie near each other."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from models.topics.distances import classical_scaling
from pipelines.figures import BLUE, GREY, empty, name_points, new_figure
from pipelines.topics.naming import name, quoted


def chart(distance: np.ndarray, rows: list[dict[str, Any]]) -> Figure:
    """Topics in two dimensions, by classical scaling of their distances; areas are shares of all words."""
    if len(rows) < 2:
        return empty("Map of topics", "Distances are between two topics at least.")
    order = [row["topic"] for row in rows]
    points, kept = classical_scaling(distance[np.ix_(order, order)])
    near = distance[np.ix_(order, order)] + 2 * np.eye(len(order))
    first, second = np.unravel_index(near.argmin(), near.shape)
    title = (
        f"Nearest to each other of the {len(rows)} topics: {quoted(rows[first])} and {quoted(rows[second])}"
    )
    figure, (ax,) = new_figure(title, 9, 6.6)
    sizes = np.array([row["prevalence"] for row in rows])
    areas = 900 * sizes / sizes.max() + 12
    ax.scatter(points[:, 0], points[:, 1], s=areas, color=BLUE, alpha=0.35, linewidths=0)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[["left", "bottom"]].set_visible(False)
    ax.margins(0.14, 0.08)
    words = f"these two dimensions hold {kept:.0%} of the squared distances"
    ax.set_xlabel(words, color=GREY, fontsize=9)
    if left := name_points(ax, points, [name(row) for row in rows], range(len(rows)), areas):
        ax.set_xlabel(f"{words}; {left} of the smaller topics have no name, for lack of room")
    return figure
