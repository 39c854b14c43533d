"""Figures of a run: pure functions from numbers to Matplotlib figures, in one style, labelled in place."""

from pipelines.figures.costs import ledger, timeline
from pipelines.figures.lettering import (
    Ends,
    finished,
    fit,
    known_glyphs,
    label_ends,
    name_points,
    power,
    short,
    whole_ticks,
)
from pipelines.figures.style import (
    BLUE,
    GREEN,
    GREY,
    MORE,
    ORANGE,
    RED,
    Blank,
    bars,
    empty,
    legend_below,
    new_figure,
    save,
)

__all__ = [
    "BLUE",
    "GREEN",
    "GREY",
    "MORE",
    "ORANGE",
    "RED",
    "Blank",
    "Ends",
    "bars",
    "empty",
    "finished",
    "fit",
    "known_glyphs",
    "label_ends",
    "ledger",
    "legend_below",
    "name_points",
    "new_figure",
    "power",
    "save",
    "short",
    "timeline",
    "whole_ticks",
]
