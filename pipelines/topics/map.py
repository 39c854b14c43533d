"""A map of topics: those that use the same words lie near each other."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from pipelines.figures import BLUE, GREY, new_figure
from pipelines.topics.labels import name, named, quoted


def chart(distance: np.ndarray, rows: list[dict[str, Any]]) -> Figure:
    """Topics in two dimensions, by classical scaling of their distances; areas are shares of all words."""
    order = [row["topic"] for row in rows]
    place, kept = scaled(distance[np.ix_(order, order)])
    near = distance[np.ix_(order, order)] + 2 * np.eye(len(order))
    one, other = np.unravel_index(near.argmin(), near.shape)
    title = f"Nearest to each other of the {len(rows)} topics: {quoted(rows[one])} and {quoted(rows[other])}"
    figure, (ax,) = new_figure(title, 9, 6.6)
    x, y = place.T
    sizes = np.array([row["prevalence"] for row in rows])
    areas = 900 * sizes / sizes.max() + 12
    ax.scatter(x, y, s=areas, color=BLUE, alpha=0.35, linewidths=0)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[["left", "bottom"]].set_visible(False)
    ax.margins(0.14, 0.08)
    words = f"these two dimensions hold {kept:.0%} of the squared distances"
    ax.set_xlabel(words, color=GREY, fontsize=9)
    if left := named(ax, x, y, [name(row) for row in rows], np.arange(len(rows)), areas):
        ax.set_xlabel(f"{words}; {left} of the smaller topics have no name, for lack of room")
    return figure


def scaled(distance: np.ndarray) -> tuple[np.ndarray, float]:
    """Points whose distances are nearly those given, shape (k, 2), and the share of squares that they hold.

    Source: Torgerson, "Multidimensional scaling: I. Theory and method", Psychometrika 17, 1952.

    Examples
    --------
    >>> points, kept = scaled(np.array([[0.0, 3.0, 4.0], [3.0, 0.0, 5.0], [4.0, 5.0, 0.0]]))
    >>> float(np.linalg.norm(points[0] - points[2]).round(6)), round(kept, 6)
    (4.0, 1.0)
    """
    middle = np.eye(len(distance)) - 1 / len(distance)
    values, vectors = np.linalg.eigh(-0.5 * middle @ distance**2 @ middle)
    values = np.maximum(values, 0)
    points = vectors[:, :-3:-1] * np.sqrt(values[:-3:-1])
    points *= np.where(points.max(axis=0) < -points.min(axis=0), -1, 1)  # vectors have no sign of their own
    return points, float(values[-2:].sum() / max(values.sum(), 1e-12))
