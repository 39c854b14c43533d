"""Further values of series that are known, from a long frame, after the last dates of a panel."""

from dataclasses import dataclass, replace

from etl.engine.types import Array, ArrayModule, Frame, Tensor
from etl.handoff import to_list, to_torch
from etl.records import Choice, record
from models.statespace.panel import FAR, SOME, Panel


@dataclass(frozen=True)
class Further:
    """Values after the last points of a panel's series.

    Attributes
    ----------
    there : int64 array, shape (m,)
        Numbers of the series that have rows, earlier ones too.
    y : tensor, shape (series, n)
        Each ends in the last column; NaN is a gap, or lies before.
    count : int64 array, shape (series,)
        How many columns are a series'.
    """

    there: Array
    y: Tensor
    count: Array


def further(series: Panel, frame: Frame) -> Further:
    """Put rows where they belong, and tell what is not used.

    Parameters
    ----------
    series : Panel
    frame : DataFrame
        ``unique_id, ds, y``, each date of a series once.

    Raises
    ------
    ValueError
        No series is known, a date occurs twice, or lies beside the steps.
    """
    xp = series.engine.xp
    place, step, y = placed(series, frame)
    there, new = xp.unique(place), step > 0
    if not bool(new.all()):
        old = int((~new).sum())
        record(Choice(reason=f"known: {old:,} rows are of the time of training, and move nothing"))
    new &= _valued(place, new, y, len(series.last), xp)
    place, step, y = place[new], step[new], y[new]
    count, most = xp.zeros(len(series.last), dtype="int64"), int(step.max()) if len(step) else 0
    order = xp.argsort(place * (most + 1) + step)
    place, step, y = place[order], step[order], y[order]
    _check(series, place, step, most, xp)
    ends = xp.flatnonzero(xp.diff(place, append=-1))
    count[place[ends]] = step[ends]
    whole = xp.full((len(count), most), xp.nan)
    whole[place, most - 1 - count[place] + step] = y
    if empty := int(count.sum()) - int((whole == whole).sum()):
        record(Choice(reason=f"gaps: {empty:,} steps after training have no value before their series' last"))
    return Further(there, to_torch(whole), count)


def _valued(place: Array, new: Array, y: Array, series: int, xp: ArrayModule) -> Array:
    """Which rows are of series that have a new value; others, such as dates to come, move nothing."""
    has = xp.zeros(series, dtype="bool")
    has[place[new & (y == y)]] = True
    if blank := int((new & ~has[place]).sum()):
        record(Choice(reason=f"values: {blank:,} rows are of series without a new value, and move nothing"))
    return has[place]


def moved(series: Panel, found: Further) -> Panel:
    """The same series, with the last dates of their further values; those without rows are left out.

    Parameters
    ----------
    series : Panel
    found : Further
    """
    last = series.last + found.count * series.step
    ids = series.ids.take(found.there).reset_index(drop=True)
    return replace(series, ids=ids, last=last[found.there])


def placed(series: Panel, frame: Frame) -> tuple[Array, Array, Array]:
    """Number of the series, steps after its last point, and value, of each row of a series that is known.

    Parameters
    ----------
    series : Panel
    frame : DataFrame
        ``unique_id, ds, y``.

    Raises
    ------
    ValueError
        No series is known, or a date lies beside the steps.
    """
    names = series.engine.df.DataFrame({"unique_id": series.ids})
    names["place"] = series.engine.xp.arange(len(names))
    if names["unique_id"].dtype != frame["unique_id"].dtype:
        names["unique_id"] = names["unique_id"].astype("str")
        frame = frame.assign(unique_id=frame["unique_id"].astype("str"))
    is_new = ~frame["unique_id"].isin(names["unique_id"])
    new = frame[["unique_id"]][is_new].drop_duplicates()["unique_id"]
    some = ", ".join(map(str, to_list(new.head(3))))
    found = frame.merge(names, on="unique_id", how="inner")
    if not len(found):
        raise ValueError(
            f"none of the series ({some}) is one of the {len(names):,} that the run learnt from, such as "
            f"{to_list(names['unique_id'].head(1))[0]}; give new rows of these, or train on the others"
        )
    if len(new):
        record(Choice(reason=f"series: {len(new):,} were not in training, and have no forecast: {some}"))
    assert series.calendar is not None
    place = found["place"].values
    away = series.calendar.numbers(found["ds"], series.engine) - series.last[place]
    if bool((away % series.step != 0).any()):
        first = found[away % series.step != 0].head(1)
        raise ValueError(f"{_spelt(first)} is between two steps of the dates of training; leave it out")
    return place, away // series.step, found["y"].astype("float64").values


def _spelt(row: Frame) -> str:
    return " of series ".join(to_list(row[name].astype("str"))[0] for name in ("ds", "unique_id"))


def _check(series: Panel, place: Array, step: Array, most: int, xp: ArrayModule) -> None:
    """Refuse dates that occur twice, and those so far from the others that one of them must be wrong."""
    again = (xp.diff(place) == 0) & (xp.diff(step) == 0)
    if twice := int(again.sum()):
        name = _named(series, place[again.argmax()])
        raise ValueError(f"{twice:,} dates occur twice in a series, first of {name}; keep one row a date")
    if most > max(SOME, FAR * len(place)):
        name = _named(series, place[step.argmax()])
        raise ValueError(
            f"a date of series {name} is {most:,} steps after training, of {len(place):,} rows; mend it"
        )


def _named(series: Panel, place: Array) -> str:
    return str(to_list(series.ids.iloc[[int(place)]])[0])
