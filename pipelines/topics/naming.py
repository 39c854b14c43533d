"""Names of topics in figures, and places for them where none covers another."""

from typing import Any

import numpy as np

from pipelines.figures import known_glyphs, literal

LONGEST = 16
"""Characters of a word."""
FONT = 8.0
GAP = 2.0
"""Points between a label and what is near it."""
SIDES = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))
"""Right, left, above, below, and the corners."""


def word(text: str) -> str:
    """A word as a figure shows it, cut.

    Examples
    --------
    >>> word("internationalisation")
    'internationalis…'
    """
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def name(row: dict[str, Any], words: int = 2) -> str:
    """A topic by its first words."""
    return " ".join(word(text) for text in row["words"][:words])


def quoted(row: dict[str, Any]) -> str:
    """The same in quotes, for a sentence."""
    return f"“{name(row)}”"


def named(
    ax: Any, x: np.ndarray, y: np.ndarray, names: list[str], order: np.ndarray, areas: np.ndarray
) -> int:
    """Write names beside points, in this order of importance, where they cover neither a name nor a middle.

    Parameters
    ----------
    x, y : arrays, shape (points,)
    areas : array, shape (points,)
        Of the marks, in square points, as ``scatter`` takes them.

    Returns
    -------
    int
        How many names found no place.
    """
    with known_glyphs():
        literal(ax.figure).draw_without_rendering()
    points = ax.transData.transform(np.column_stack([x, y])) * 72 / ax.figure.dpi
    frame = ax.get_window_extent().extents * 72 / ax.figure.dpi
    radii = np.sqrt(np.asarray(areas) / np.pi)
    cores = np.minimum(radii, 7.0)
    taken = np.column_stack([points - cores[:, None], points + cores[:, None]])
    boxes: list[np.ndarray] = []
    for number in order:
        width, height = 0.6 * FONT * len(names[number]), 1.25 * FONT
        for right, up in SIDES:
            reach = (radii[number] if right == 0 or up == 0 else 0.75 * radii[number]) + GAP
            middle = points[number] + (right * (reach + width / 2), up * (reach + height / 2))
            half = np.array([width / 2, height / 2])
            box = np.concatenate([middle - half, middle + half])
            others = np.delete(taken, number, axis=0)
            if _inside(box, frame) and not _covers(box, others) and not _covers(box, np.array(boxes)):
                boxes.append(box)
                shift = middle - points[number]
                ax.annotate(names[number], (x[number], y[number]), xytext=shift, textcoords="offset points",
                            fontsize=FONT, ha="center", va="center")  # fmt: skip
                break
    return len(names) - len(boxes)


def _inside(box: np.ndarray, frame: np.ndarray) -> bool:
    return bool((box[:2] >= frame[:2]).all() and (box[2:] <= frame[2:]).all())


def _covers(box: np.ndarray, others: np.ndarray) -> bool:
    if not len(others):
        return False
    apart = (
        (others[:, 2] < box[0]) | (others[:, 0] > box[2]) | (others[:, 3] < box[1]) | (others[:, 1] > box[3])
    )
    return not bool(apart.all())
