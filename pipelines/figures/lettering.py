"""Letters in a figure: which names and ticks are shown, and where, so that each can be read.

`finished` sees to what depends on a figure's final size, whatever story draws it.
"""

import textwrap
import unicodedata
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
SIDES = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))
"""Of a point, where its name may stand: right, left, above, below, and the corners."""
APART = 3.0
"""Pixels between labels of ticks."""
NEAR = 2.0
"""Points between a name and what is near it."""
Ends = Sequence[tuple[float, float, str, str]]
"""Of lines: where each ends, its name and its colour."""


@contextmanager
def known_glyphs(tell: Callable[[str], object] | None = None) -> Iterator[None]:
    """Draw without a warning a character; characters that no font has are told at the end, once."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.filterwarnings("always", message="Glyph .* missing from font")
        yield
    lacking = {str(entry.message) for entry in caught if str(entry.message).startswith("Glyph ")}
    for entry in caught:
        if not str(entry.message).startswith("Glyph "):
            warnings.warn_explicit(entry.message, entry.category, entry.filename, entry.lineno)
    if lacking and tell:
        tell(f"figures: {len(lacking):,} characters are boxes, as the font lacks them; tables have them")


def finished(figure: Figure) -> Figure:
    """The figure, whose texts are no formulas, and whose titles and ticks are apart."""
    axes = [axis for ax in figure.axes for axis in (ax.xaxis, ax.yaxis)]
    for axis in axes:
        if isinstance(axis.get_major_locator(), LogLocator):
            _plain_ticks(axis)
        axis.get_major_ticks(len(axis.get_majorticklocs()))  # else some are made while it is drawn
    for text in figure.findobj(Text):
        text.set_parse_math(False)  # two ``$`` in names of users would make a formula of what is between
    with known_glyphs():
        figure.draw_without_rendering()
        for ax in figure.axes:
            _cut_titles(ax)
        for axis in axes:
            _without_offset(axis)
            _thin(axis)
    return figure


def _cut_titles(ax: Axes) -> None:
    """Titles of axes that are no wider than these."""
    room = ax.get_window_extent().width
    for title in (child for child in ax.get_children() if isinstance(child, Text) and child not in ax.texts):
        title.set_text(_cut(title.get_text(), title.get_window_extent().width, room))


def _cut(words: str, width: float, room: float) -> str:
    """Words that are so wide, cut to this room."""
    return words if width <= room else short(words, max(2, int(0.95 * room / width * len(words))))


def fit(figure: Figure, words: str, inches: float, **font: Any) -> str:
    """A text on one line, cut to a width."""
    line = " ".join(words.split())
    return _cut(line, _half(figure, line, **font)[0] / 36, inches)


def _plain_ticks(axis: Axis) -> None:
    """A few round numbers on a logarithmic axis, as plain text."""
    low, high = sorted(axis.get_view_interval())
    ticks = log_ticks(low, high)
    axis.set_ticks(ticks, [power(tick) for tick in ticks])
    axis.set_minor_formatter(NullFormatter())
    axis.set_view_interval(low, high, ignore=True)


def log_ticks(low: float, high: float, most: int = 7) -> list[float]:
    """A few round numbers between two, for a logarithmic axis.

    Examples
    --------
    >>> log_ticks(0.8, 130), log_ticks(1, 1e12)[:3]
    ([1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0], [1.0, 100.0, 10000.0])
    >>> log_ticks(3, 60), log_ticks(130, 180)
    ([5.0, 10.0, 20.0, 50.0], [130.0, 140.0, 150.0, 160.0, 170.0, 180.0])
    """
    powers = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    for first in ((1, 2, 5), (1,)):
        ticks = [float(f"{k}e{p}") for p in powers for k in first if low <= float(f"{k}e{p}") <= high]
        if 3 <= len(ticks) <= most:
            return ticks
    if len(ticks) > most:
        return ticks[:: -(-len(ticks) // most)]
    return [float(tick) for tick in MaxNLocator(most - 1).tick_values(low, high) if low <= tick <= high]


def power(value: float) -> str:
    """A round number; far from 1, by its power of ten.

    Examples
    --------
    >>> power(0.05), power(20_000.0), power(1e7), power(5e-9)
    ('0.05', '20,000', '10⁷', '5·10⁻⁹')
    """
    if 1e-4 <= abs(value) < 1e6 or not value:
        return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.6g}"
    digits, _, exponent = f"{value:.2e}".partition("e")
    raised = f"10{str(int(exponent)).translate(RAISED)}"
    return raised if float(digits) == 1 else f"{float(digits):g}·{raised}"


def _without_offset(axis: Axis) -> None:
    """Labels that hold a whole number each, where the axis would tell a factor of all in its corner."""
    if not axis.get_offset_text().get_text():
        return
    ticks, view = axis.get_majorticklocs(), axis.get_view_interval()
    labels = [power(tick) for tick in ticks]
    axis.set_ticks(ticks, labels if len(set(labels)) == len(ticks) else [f"{tick:,.10g}" for tick in ticks])
    axis.set_view_interval(*view, ignore=True)


def _thin(axis: Axis) -> None:
    """Leave out every second label of ticks, or more, where they would overlap."""
    labels = [tick.label1 for tick in axis.get_major_ticks() if tick.label1.get_text()]
    labels = [label for label in labels if label.get_visible()]
    side = "x" if axis is axis.axes.xaxis else "y"
    spans = [_span(label, side) for label in labels]
    clear = (step for step in range(1, len(spans) + 1) if _are_apart(spans[::step]))
    step = next(clear, 1)
    for number, label in enumerate(labels):
        label.set_visible(number % step == 0)


def _are_apart(spans: list[tuple[float, float]]) -> bool:
    return all(after[0] - before[1] > APART for before, after in pairwise(sorted(spans)))


def _span(label: Any, side: str) -> tuple[float, float]:
    """Pixels that a label takes along its axis; a slanted one takes its height."""
    box = label.get_window_extent()
    if side == "x" and label.get_rotation() % 180:
        return box.x1 - 1.25 * float(label.get_fontsize()) * label.get_figure(root=True).dpi / 72, box.x1
    return tuple(box.intervalx if side == "x" else box.intervaly)


def whole_ticks(axis: Axis) -> None:
    """Ticks at whole numbers alone, be it one."""
    axis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


def short(name: object, most: int = 24) -> str:
    """A name on one line, cut; wide characters count twice.

    Examples
    --------
    >>> short("an internationalisation", 8), short("漢字かな交じり文", 9)
    ('an inte…', '漢字かな…')
    """
    text = " ".join(str(name).split())
    widths = np.cumsum([1 + (unicodedata.east_asian_width(each) in "WF") for each in text])
    return text if not len(text) or widths[-1] <= most else text[: int((widths < most).sum())] + "…"


def label_ends(ax: Axes, ends: Ends, top: float = 1.0, size: float = 9.0) -> None:
    """Names of lines at the right of axes, in the order of where they end, each by a thin line to its end.

    Call it when the limits of the axes are final.
    """
    figure: Any = ax.figure
    ax.get_xlim()  # limits are made when they are asked for
    to_axes = (ax.transData - ax.transAxes).transform
    at = np.nan_to_num(to_axes([(x, y) for x, y, _, _ in ends])[:, 1], nan=0.5, posinf=1.0, neginf=0.0)
    heights = spread(at, 1.5 * size / (72 * 0.7 * figure.get_figheight()), top)
    thin = {"arrowstyle": "-", "linewidth": 0.6, "alpha": 0.6, "relpos": (0, 0.5), "shrinkA": 1, "shrinkB": 1}
    for (x, y, words, colour), height in zip(ends, heights, strict=True):
        ax.annotate(words, (x, y), (1.02, height), "data", "axes fraction", thin | {"color": colour},
                    color=colour, va="center", fontsize=size, annotation_clip=False)  # fmt: skip


def spread(heights: Sequence[float], gap: float, top: float = 1.0) -> list[float]:
    """Heights that are at least ``gap`` apart, in the same order, and near those given; the first stay below.

    Examples
    --------
    >>> spread([0.5, 0.52, 0.99], 0.25)
    [0.27, 0.52, 0.99]
    """
    order = np.argsort(np.negative(heights), kind="stable")
    placed = np.clip(np.asarray(heights, dtype=float)[order], 0.0, top)
    for place in range(1, len(placed)):
        placed[place] = min(placed[place], placed[place - 1] - gap)
    floor = 0.0
    for place in range(len(placed) - 1, -1, -1):
        placed[place] = max(placed[place], floor)
        floor = placed[place] + gap
    return placed[np.argsort(order)].tolist()


def name_points(
    ax: Axes,
    points: np.ndarray,
    names: Sequence[str],
    order: Sequence[int],
    areas: np.ndarray,
    *,
    most: int | None = None,
    size: float = 8.0,
    colours: Sequence[str] | None = None,
    **font: Any,
) -> int:
    """Write names beside points, in this order of importance, where they cover neither a name nor a middle.

    Parameters
    ----------
    points : array, shape (points, 2)
        In data's units.
    areas : array, shape (points,)
        Of the marks, in square points, as ``scatter`` takes them.
    most : int, optional
        Names to write.
    size : float
        Of the font, in points.

    Returns
    -------
    int
        How many names found no place.
    """
    figure: Any = ax.figure
    finished(figure)
    scale = 72 / figure.dpi
    at = ax.transData.transform(points) * scale
    frame = np.array(ax.get_window_extent().extents) * scale
    radii = np.sqrt(np.asarray(areas) / np.pi)
    cores = np.minimum(radii, 7.0)[:, None]
    taken = np.hstack([at - cores, at + cores])
    boxes: list[np.ndarray] = []
    for number in order:
        half = _half(figure, names[number], fontsize=size)
        for side in SIDES:
            reach = (radii[number] if 0 in side else 0.75 * radii[number]) + NEAR
            middle = at[number] + side * (reach + half)
            box = np.concatenate([middle - half, middle + half])
            if _inside(box, frame) and not _covers(box, np.delete(taken, number, axis=0), boxes):
                boxes.append(box)
                ax.annotate(names[number], points[number], middle - at[number], textcoords="offset points",
                            fontsize=size, ha="center", va="center",
                            color=colours[number] if colours is not None else "black", **font)  # fmt: skip
                break
        if len(boxes) == most:
            break
    return len(order) - len(boxes)


def broken(figure: Figure, words: str, **font: Any) -> str:
    """A title in lines that fit into its figure."""
    text = " ".join(words.split())
    share = 0.96 * figure.bbox.width / max(1.0, 2 * _half(figure, text, **font)[0] * figure.dpi / 72)
    return text if share >= 1 else textwrap.fill(text, max(8, int(0.95 * share * len(text))))


def _half(figure: Figure, words: str, **font: Any) -> np.ndarray:
    """Half the width and the height of a text, in points."""
    text = Text(text=words, figure=figure, parse_math=False, **font)
    with known_glyphs():
        return np.array(text.get_window_extent().size) * 36 / figure.dpi


def _inside(box: np.ndarray, frame: np.ndarray) -> bool:
    return bool((box[:2] >= frame[:2]).all() and (box[2:] <= frame[2:]).all())


def _covers(box: np.ndarray, *others: Any) -> bool:
    all_ = np.vstack([np.reshape(each, (-1, 4)) for each in others])
    apart = (all_[:, 2:] < box[:2] - 1).any(1) | (all_[:, :2] > box[2:] + 1).any(1)
    return not bool(apart.all())
