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
    ranks : tuple of int
        Numbers of components to compare.
    units : int, optional
        Mode whose labels have units of their own.
    truth : Truth, optional
        Of the demonstration.
    """

    along: int | None
    over: int
    ranks: tuple[int, ...] = ()
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
    ordered = [place_of(name, names) for name in config.ordered]
    if len(set(ordered)) < len(ordered):
        raise ValueError(f"--ordered names a mode twice: {' '.join(config.ordered)}; leave one")
    units = place_of(config.units, names) if config.units else None
    if ordered or units is not None:
        axes = [
            one.as_ordered(place in ordered if ordered else one.ordered and place != units)
            for place, one in enumerate(axes)
        ]
    along, over = order(axes, ordered)
    _tell_modes(axes, along, over, run)
    ranks = checked_ranks(config, [len(one) for one in axes], run)
    return Table(found.values, axes, found.counts, along, over, ranks, units, truth)


def checked_ranks(config: Config, sizes: Sequence[int], run: Run) -> tuple[int, ...]:
    """Ranks that say less than the tensor itself, of those that are asked for; the others are told.

    Raises
    ------
    ValueError
        All of them are too many: CP needs no more components than the product of all sizes but the largest,
        and Tucker no more patterns than the largest mode has labels.
    """
    most = prod(sizes) // max(sizes) if config.method == "cp" else max(sizes)
    kept = tuple(rank for rank in config.ranks if rank <= most)
    if not kept:
        shape = " x ".join(f"{size:,}" for size in sizes)
        asked = " ".join(map(str, config.ranks))
        raise ValueError(f"--ranks {asked}: {most:,} give any table of {shape} exactly; give less")
    if len(kept) < len(config.ranks):
        run.say(
            f"rank: those above {most:,} are left out, since so many give any table of this shape exactly"
        )
    return kept


def place_of(word: str, names: Sequence[str]) -> int:
    """Place of a mode that is asked for by its name or, where none has that name, by its place from 0.

    Parameters
    ----------
    word : str
    names : sequence of str

    Raises
    ------
    ValueError
        There is none.

    Examples
    --------
    >>> place_of("day", ["sensor", "day"]), place_of("0", ["sensor", "day"]), place_of("0", ["1", "0"])
    (1, 0, 1)
    """
    if word in names:
        return names.index(word)
    if word.isdecimal() and int(word) < len(names):
        return int(word)
    raise ValueError(f"{word} is no mode; there are {', '.join(names)}: name one of these")


def _read(config: Config, run: Run) -> tuple[Dense, Truth | None]:
    if config.data is None:
        told = (
            "data: none was given, so flows of sensors, days and minutes are made, whose patterns are known"
        )
        run.say(told)
        table, kinds, truth = demonstration.make(config.seed)
        return dense(from_arrow(table, run.engine), kinds, "value", config.duplicates), truth
    if config.data.suffix in ARRAYS:
        return array(config.data, run.engine, config.modes, config.value, Config.value), None
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
        has = "each have" if len(flat) > 1 else "has"
        raise ValueError(
            f"{', '.join(flat)} {has} one label, and two modes must have more; name others with --modes"
        )
    return kept


def order(axes: Sequence[Axis], asked: Sequence[int] = ()) -> tuple[int | None, int]:
    """The mode along which lines are drawn, and that over which seasonal means are taken.

    Parameters
    ----------
    asked : sequence of int
        Ordered modes in the order in which they were named.
    """
    by_place = [place for place, one in enumerate(axes) if one.ordered and len(one) > 1]
    ordered = list(asked) or by_place
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
