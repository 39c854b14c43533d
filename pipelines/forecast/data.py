"""Series for the forecasting pipeline: a file or made ones, and what is set aside."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import torch

from etl.engine.types import Tensor
from etl.handoff import from_arrow, from_torch
from etl.tables import dates, values, wide
from etl.tables.form import Told
from etl.tables.infer import FEW
from etl.tables.read import Column, joined, sources
from etl.tables.whole import Whole, whole
from models.statespace.panel import COLUMNS, Panel, panel
from models.statespace.standing import LONGEST
from pipelines.forecast.config import Config
from pipelines.run import Run

LARGE = 1e100
"""Values beyond it are set aside as gaps: their squares are infinite."""
ALWAYS = ("rows_without_name_or_date", "infinite_values")
"""Counts that are in the metrics if they are none, too."""
MADE = (12, 24 * 28)
"""Series and hours of the demonstration."""


def load(config: Config, run: Run) -> tuple[Panel, dict[str, int]]:
    """Series that can be forecast and judged, and counts of what was set aside.

    Raises
    ------
    FileNotFoundError, TypeError, ValueError
        There is no such file, or it holds no series of equal steps.
    """
    if config.data is None:
        run.say(f"data: none was given, so {MADE[0]} hourly series are made, with a daily season and a walk")
    given = (config.columns, replace(config.told(), wide=config.wide), config.date_format)
    rows = simulate(config.seed) if config.data is None else table(config.data, *given)
    rows, counts = clean(rows, config.columns, config.date_format)
    frame: Any = from_arrow(rows.combine_chunks(), run.engine)
    whole = frame.drop_duplicates()
    counts["repeated_rows"] = len(frame) - len(whole)
    series, short = long_enough(panel(whole), needed(config))
    counts["short_series"] = short
    counts["gaps"] = gaps(series.y)
    for name, count in counts.items():
        if count and name != "gaps":
            run.say(f"set aside: {count:,} {name.replace('_', ' ')}")
    run.say(f"series: {len(series.y):,} of at most {series.y.shape[1]:,} steps")
    say_steps(config, run, series)
    if counts["gaps"]:
        run.say("gaps: models take the last value before each, as the likelihood of gaps is slow")
    return series, counts


def say_steps(config: Config, run: Run, series: Panel) -> None:
    """Say what a step is where it is no plain one, and what becomes of a long season."""
    calendar = series.calendar
    if calendar is not None and (calendar.spelt or calendar.kind not in ("number", "date")):
        spelt = f", spelt {calendar.spelt}" if calendar.spelt else ""
        run.say(f"dates: a step is {series.step} {calendar.kind}{'s' * (series.step > 1)}{spelt}")
        if calendar.kind == "business day" and config.season == 7:
            run.say("season: weeks have 5 business days: --season 5 is a week")
    if config.season > LONGEST:
        run.say(
            f"season: {config.season} steps are more than the {LONGEST} that models hold, so they fit what "
            "the means of the season's steps leave"
        )


def needed(config: Config) -> int:
    """Values that a series must have: two seasons and some before the first origin, and those judged."""
    return 2 * config.season + 8 + (config.windows + config.calibrate) * config.horizon


def simulate(seed: int) -> pa.Table:
    """Hourly series: a daily season, a walk that returns, and noise."""
    rng, (count, hours) = np.random.default_rng(seed), MADE
    noise, walk = rng.normal(size=(2, count, hours))
    for hour in range(1, hours):
        walk[:, hour] += 0.9 * walk[:, hour - 1]
    phase = 2 * np.pi * (np.arange(hours) % 24) / 24 + rng.uniform(0, 6, (count, 1))
    y = 20 + 5 * np.sin(phase) + walk + 0.5 * noise
    start = np.datetime64("2024-01-01", "h")
    names = np.repeat([f"made-{i:02d}" for i in range(count)], hours)
    dates = np.tile(start + np.arange(hours), count).astype("datetime64[s]")
    return pa.table(dict(zip(COLUMNS, (names, dates, y.ravel()), strict=True)))


def table(
    path: Path,
    columns: tuple[str, str, str] = COLUMNS,
    told: Told | None = None,
    date_format: str | None = None,
) -> pa.Table:
    """The columns of a table or a folder of tables: ids as they are written, dates, numbers.

    Rows whose date is none are set aside; whole numbers count steps, if no format says that they are dates.

    Raises
    ------
    FileNotFoundError, ValueError
        See `etl.tables.read.batches`; or no row is left.
    """
    ids, ds, y = columns
    asked = [Column(ids, needed=False), Column(ds, "any", needed=False), Column(y, "float", needed=False)]
    is_wide = told is not None and told.wide
    files: list[Whole] = []
    for source, losses in sources(path, [] if is_wide else list(columns), "series", told):
        long = wide.long(source, [ds, ids, y], losses) if is_wide else source
        if file := whole(long, asked, losses, "--columns"):
            files.append(file)
    if not files:
        raise ValueError(f"{path} holds no row of series; fill in its columns")
    cells = [values.flat(file.table[ds]) for file in files]
    steps = None if date_format else whole_numbers(cells)
    for place, file in enumerate(files):
        dated(file, ds, cells[place], date_format, steps[place] if steps else None)
    if len({getattr(file.table[ds].type, "tz", None) for file in files}) > 1:
        raise ValueError(
            f"{path}: dates of some files name a zone, and those of others none; write all alike"
        )
    return joined([file.table for file in files])


def whole_numbers(cells: list[pa.Array]) -> list[pa.Array] | None:
    """Dates of each file as int64, null where they are none, if nearly all are whole: they count steps.

    Examples
    --------
    >>> whole_numbers([pa.array(["1", "2"]), pa.array([3])])[0].to_pylist(), whole_numbers([pa.array(["a"])])
    ([1, 2], None)
    """
    ids = [values.ids(one, "dates") if values.is_text(one.type) else one for one in cells]
    if not all(values.is_text(one.type) or pa.types.is_integer(one.type) for one in ids):
        return None
    found = [values.alike(one, whole=True) for one in ids]
    known, bad = (sum(len(one) - one.null_count for one in every) for every in (ids, found))
    return found if known - bad <= FEW * known else None


def dated(file: Whole, ds: str, cells: pa.Array, date_format: str | None, steps: pa.Array | None) -> None:
    """Put dates, or steps, in place of a file's cells; rows whose cell is none are set aside."""
    if steps is None:
        found, wrong = dates.read(cells, date_format)
        why = dates.no_date(cells.filter(pa.array(wrong)), date_format) if wrong.any() else ""
    else:
        found, wrong = steps, np.asarray(pc.and_(cells.is_valid(), steps.is_null()))
        why = "no whole number, as those of other rows are"
    file.table = file.table.set_column(file.table.column_names.index(ds), ds, found)
    file.set_aside({int(row): (f"its {ds} is {why}", str(cells[int(row)])) for row in np.flatnonzero(wrong)})


def clean(
    rows: pa.Table, columns: tuple[str, str, str], date_format: str | None = None
) -> tuple[pa.Table, dict[str, int]]:
    """The three columns by their usual names; rows without name or date leave, infinite values are gaps.

    Raises
    ------
    ValueError
        A column is missing, or values are no numbers.

    Examples
    --------
    >>> clean(pa.table({"a": ["x", None], "t": [1, 2], "v": [float("inf"), 1.0]}), ("a", "t", "v"))[1]
    {'rows_without_name_or_date': 1, 'infinite_values': 1}
    """
    if lacking := [name for name in columns if name not in rows.column_names]:
        raise ValueError(
            f"there is no column {', '.join(lacking)}; there are {', '.join(rows.column_names)}: "
            "name those of series, dates and values with --columns"
        )
    ids, ds, y = (rows[name] for name in columns)
    if date_format or not pa.types.is_integer(ds.type):
        ds = dates.parse(ds, date_format, f"column {columns[1]}")
    if not (pa.types.is_integer(y.type) or pa.types.is_floating(y.type)):
        raise ValueError(f"column {columns[2]} holds {y.type}; give numbers, and leave gaps empty")
    y = y.cast(pa.float64())
    y = pc.if_else(pc.is_nan(y), None, y)
    infinite = pc.fill_null(pc.is_inf(y), False)
    large = pc.fill_null(pc.and_not(pc.greater(pc.abs(y), LARGE), infinite), False)
    y = pc.if_else(pc.or_(infinite, large), None, y)
    good = pc.and_(pc.is_valid(ids), pc.is_valid(ds))
    whole = pa.table(dict(zip(COLUMNS, (ids, ds, y), strict=True))).filter(good)
    ended = up_to_the_last_value(whole)
    counts = {
        "rows_without_name_or_date": len(rows) - len(whole),
        "infinite_values": int(pc.sum(infinite).as_py() or 0),
        f"values_beyond_{LARGE:g}": int(pc.sum(large).as_py() or 0),
        "rows_without_a_value_at_the_end_of_their_series": len(whole) - len(ended),
    }
    return ended, {name: count for name, count in counts.items() if count or name in ALWAYS}


def up_to_the_last_value(rows: pa.Table) -> pa.Table:
    """Rows without those after the last value of each series, from which forecasts go on.

    Examples
    --------
    >>> rows = pa.table({"unique_id": ["a", "a", "b"], "ds": [1, 2, 1], "y": [3.0, None, 4.0]})
    >>> up_to_the_last_value(rows)["ds"].to_pylist()
    [1, 1]
    """
    ends = rows.filter(pc.is_valid(rows["y"])).group_by("unique_id").aggregate([("ds", "max")])
    place = pc.index_in(rows["unique_id"], value_set=ends["unique_id"].combine_chunks())
    last = ends["ds_max"].combine_chunks().take(place.combine_chunks())
    return rows.filter(pc.fill_null(pc.less_equal(rows["ds"].combine_chunks(), last), True))


def gaps(y: Tensor) -> int:
    """Values that are missing after the first of their series.

    Examples
    --------
    >>> gaps(torch.tensor([[torch.nan, 1.0, torch.nan, 3.0]]))
    1
    """
    seen = ~torch.isnan(y)
    return int((seen.cummax(1).values & ~seen).sum())


def long_enough(series: Panel, values: int) -> tuple[Panel, int]:
    """Series of so many values or more, and the number of the others.

    Raises
    ------
    ValueError
        All are shorter.
    """
    count = (~torch.isnan(series.y)).sum(1)
    good = count >= values
    if not bool(good.any()):
        raise ValueError(
            f"no series has the {values:,} values that season, horizon and windows need; the longest has "
            f"{int(count.max()):,}: take fewer --windows, or a shorter --horizon or --season"
        )
    at = from_torch(good.nonzero()[:, 0], series.engine)
    ids = series.ids.take(at).reset_index(drop=True)
    kept = replace(series, y=series.y[good], ids=ids, last=series.last[at])
    return kept, int((~good).sum())
