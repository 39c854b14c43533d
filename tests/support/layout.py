"""What is wrong with the texts of a figure, by what its renderer is told to draw."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any
from unittest import mock

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure

from pipelines.figures import finished, known_glyphs

GAP = 1.0
"""Pixels between two texts that are read apart."""


@dataclass(frozen=True)
class Drawn:
    """A line of text as it is drawn: its corners in pixels from below, and whether it is a formula."""

    words: str
    corners: np.ndarray
    formula: bool

    def size(self) -> tuple[float, float]:
        """Width and height of the box around it."""
        return tuple(np.ptp(self.corners, axis=0))


def texts(figure: Figure) -> list[Drawn]:
    """Every line of text that is drawn of a figure that is finished as runs do it."""
    found: list[Drawn] = []
    draw = RendererAgg.draw_text

    def seen(renderer: Any, gc: Any, x: float, y: float, s: str, prop: Any, angle: float, ismath: Any = False,
             mtext: Any = None) -> None:  # fmt: skip
        width, height, below = renderer.get_text_width_height_descent(s, prop, ismath)
        turn = np.deg2rad(angle)
        box = np.array([[0, -below], [width, -below], [width, height - below], [0, height - below]])
        turned = box @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
        if s.strip():
            found.append(Drawn(s, turned + np.array([x, renderer.height - y]), bool(ismath)))
        draw(renderer, gc, x, y, s, prop, angle, ismath, mtext)

    with known_glyphs(), mock.patch.object(RendererAgg, "draw_text", seen):
        FigureCanvasAgg(finished(figure)).draw()
    return found


def meet(one: np.ndarray, other: np.ndarray, gap: float = GAP) -> bool:
    """Whether two rectangles are nearer than ``gap``, each given by its corners (separating axes)."""
    for edge in (one[1] - one[0], one[3] - one[0], other[1] - other[0], other[3] - other[0]):
        axis = edge / (np.linalg.norm(edge) or 1.0)
        a, b = one @ axis, other @ axis
        if a.max() + gap <= b.min() or b.max() + gap <= a.min():
            return False
    return True


def faults(figure: Figure) -> list[str]:
    """Texts that overlap, stand outside of the figure, are formulas, or lie on points of a legend's axes."""
    found = texts(figure)
    width, height = figure.bbox.size
    outside = [
        f"outside: {each.words!r}"
        for each in found
        if (each.corners < -0.5).any() or (each.corners > [width + 0.5, height + 0.5]).any()
    ]
    over = [
        f"overlap: {one.words!r} and {other.words!r}"
        for one, other in combinations(found, 2)
        if meet(one.corners, other.corners)
    ]
    formulas = [f"formula: {each.words!r}" for each in found if each.formula]
    return [*outside, *over, *formulas, *_hidden(figure)]


def _hidden(figure: Figure) -> Iterator[str]:
    """Points that a legend within axes covers."""
    for ax in figure.axes:
        if (legend := ax.get_legend()) is None:
            continue
        box = legend.get_window_extent()
        marks = [c.get_offsets() for c in ax.collections if isinstance(c, PathCollection)]
        marks += [line.get_xydata() for line in ax.lines]
        for points in marks:
            at = ax.transData.transform(np.asarray(points, dtype=float).reshape(-1, 2))
            if any(box.contains(*point) for point in at):
                yield f"legend of {ax.get_ylabel()!r} covers a point"


def blank(figure: Figure) -> bool:
    """Whether nothing but a title and a sentence is drawn."""
    return not any(ax.axison or ax.lines or ax.collections or ax.images for ax in figure.axes)


def words(figure: Figure) -> str:
    """All that is written in a figure."""
    return re.sub(r"\s+", " ", " | ".join(each.words for each in texts(figure)))
