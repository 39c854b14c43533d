"""The tensor of the factors pipeline: from a file or made, what its modes are, and what is left out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod

from etl.handoff import from_arrow
from etl.tensors.axes import Axis
from etl.tensors.dense import Dense, dense, labels_with_values
from etl.tensors.read import array, long
from pipelines.factors import demonstration
from pipelines.factors.config import ARRAYS, Config
from pipelines.factors.demonstration import Truth
from pipelines.figures import short
from pipelines.run import Run

SHOWN = 3
"""Labels that are named of those left out."""


@dataclass(frozen=True, eq=False)
class Table(Dense):
    """What is decomposed.

    Attributes
    ----------
    along : int, optional
        Mode along which neighbours are alike: the last that is ordered.
    over : int
        Mode over which seasonal means are taken: the ordered one before it, or the longest other one.
    units : int, optional
        Mode whose labels have units of their own.
    truth : Truth, optional
        Of the demonstration.
    """

    along: int | None
    over: int
    units: int | None = None
    truth: Truth | None = None

    @property
    def names(self) -> list[str]:
        """Of the modes."""
        return [one.name for one in self.axes]


def load(config: Config, run: Run) -> Table:
    """Read the cells, or make some, and say what the modes are.

    Raises
    ------
    FileNotFoundError, ValueError
        There is no such file, column or mode, no value, or no memory; or fewer than two modes vary.
    """
    found, truth = _read(config, run)
    if config.missing is not None:
        found = _without(found, config.missing, run)
    _tell_counts(found, run)
    found = _with_values(found, run)
    axes, names = found.axes, [one.name for one in found.axes]
    asked = (*config.ordered, *([config.units] if config.units else []))
    if unknown := [name for name in asked if name not in names]:
        raise ValueError(f"{', '.join(unknown)} is no mode; there are {', '.join(names)}: name one of these")
    if config.ordered:
        axes = [one.as_ordered(one.name in config.ordered) for one in axes]
    along, over = order(axes, config.ordered)
    _tell_modes(axes, along, over, run)
    units = names.index(config.units) if config.units else None
    return Table(found.values, axes, found.counts, along, over, units, truth)


def _read(config: Config, run: Run) -> tuple[Dense, Truth | None]:
    if config.data is None:
        told = (
            "data: none was given, so flows of sensors, days and minutes are made, whose patterns are known"
        )
        run.say(told)
        table, kinds, truth = demonstration.make(config.seed)
        return dense(from_arrow(table, run.engine), kinds, "value", config.duplicates), truth
    if config.data.suffix in ARRAYS:
        return array(config.data, run.engine, config.modes), None
    rows = long(config.data, config.spec(), config.value, config.told(), config.date_format)
    return dense(from_arrow(rows.table, run.engine), rows.kinds, "value", config.duplicates), None


def _without(found: Dense, number: float, run: Run) -> Dense:
    """Cells of a number that means that they are missing are so."""
    blank = found.values == number
    run.say(f"missing: {int(blank.sum()):,} values are {number:g}, which was said to mean missing")
    return replace(found, values=run.engine.xp.where(blank, float("nan"), found.values))


def _tell_counts(found: Dense, run: Run) -> None:
    cells, known = prod(found.values.shape), int(found.seen.sum())
    if not known:
        raise ValueError("no cell has a value; name another column with --value, or another --missing")
    if lacking := found.counts["rows_without_value"]:
        run.say(f"rows: {lacking:,} have no value; their cells are missing")
    if repeated := found.counts["repeated_rows"]:
        run.say(
            f"duplicates: {repeated:,} rows repeat a cell, so means are taken; --duplicates error refuses"
        )
    run.say(f"cells: {known:,} of {cells:,} have a value ({known / cells:.1%}), and the others are missing")


def _with_values(found: Dense, run: Run) -> Dense:
    """Without the labels of which no cell has a value: nothing can be said of them."""
    kept, gone = labels_with_values(found)
    for one, words in zip(found.axes, gone, strict=True):
        if words:
            shown = ", ".join(short(word) for word in words[:SHOWN])
            more = f" and {len(words) - SHOWN:,} more" * (len(words) > SHOWN)
            run.say(f"modes: no cell of {one.name} {shown}{more} has a value, so it is left out")
    flat = [one.name for one in kept.axes if len(one) < 2]
    if len(kept.axes) - len(flat) < 2:
        raise ValueError(
            f"{', '.join(flat)} has one label, and two modes must have more; name others with --modes"
        )
    return kept


def order(axes: Sequence[Axis], asked: Sequence[str] = ()) -> tuple[int | None, int]:
    """The mode along which lines are drawn, and that over which seasonal means are taken.

    Parameters
    ----------
    asked : sequence of str
        Ordered modes in the order in which they were named.
    """
    names = [one.name for one in axes]
    by_place = [place for place, one in enumerate(axes) if one.ordered and len(one) > 1]
    ordered = [names.index(name) for name in asked] or by_place
    along = ordered[-1] if ordered else None
    others = [place for place in range(len(axes)) if place != along]
    longest = max(others, key=lambda place: len(axes[place]))
    return along, ordered[-2] if len(ordered) > 1 else longest


def _tell_modes(axes: Sequence[Axis], along: int | None, over: int, run: Run) -> None:
    sizes = ", ".join(f"{len(one):,} of {one.name}" for one in axes)
    ordered = ", ".join(one.name for one in axes if one.ordered)
    told = f"in order are {ordered}" if ordered else "none is in order"
    run.say(f"modes: {sizes}; {told}, by their labels or as asked for (--ordered)")
    lines = "no lines, as no mode is in order" if along is None else f"lines go along {axes[along].name}"
    run.say(f"baselines: {lines}; seasonal means over {axes[over].name}")
