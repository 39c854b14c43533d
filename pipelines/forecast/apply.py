"""Forecasts from where a run's series ended, or from the last point of their new history."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import torch
from pandas.api.types import pandas_dtype

from etl.arrays import load_arrays, save_arrays
from etl.engine import Engine
from etl.engine.types import Frame, Tensor
from etl.files import kept
from etl.handoff import from_arrow, from_host, from_torch, to_arrow, to_host, to_list, to_torch
from etl.records import Choice, record
from models.sequences.packed import pack, unpack
from models.sequences.standing import Standing
from models.statespace.calendar import Calendar
from models.statespace.conformal import widened
from models.statespace.further import Further, further, moved
from models.statespace.panel import Panel
from pipelines.forecast.config import Config
from pipelines.forecast.data import clean, table
from pipelines.run import told_of

ARRAYS = "standing.arrow"


@dataclass
class ForecastModel:
    """A method where it stands after each series' last point.

    Attributes
    ----------
    standing : Standing
    series : Panel
        Their names, last dates and calendar; its values are not used.
    widening : list of float
        By what the intervals are widened, by level; empty where they are as the method gives them.
    columns : (series, date, value)
        Of tables.
    date_format : str, optional
    bounds : tensor, shape (2, series)
        Least and largest value of each series in training.
    form : dict
        How files are written: ``encoding, bad_share, wide``.
    """

    standing: Standing
    series: Panel
    widening: list[float]
    columns: tuple[str, str, str]
    date_format: str | None
    bounds: Tensor
    form: Mapping[str, Any] = field(default_factory=dict)

    def save(self, folder: Path) -> Mapping[str, Any]:
        """States, parameters and last dates as arrays; the rest goes into ``model.json``."""
        facts, arrays = pack(self.standing)
        last, bounds = to_host(self.series.last), to_host(self.bounds)
        save_arrays(folder / ARRAYS, arrays | {"last": last, "bounds": bounds})
        calendar = self.series.calendar
        assert calendar is not None
        about = {"dtype": str(calendar.dtype), "zone": calendar.zone and str(calendar.zone)}
        return {
            "standing": facts,
            "ids": to_list(self.series.ids),
            "step": self.series.step,
            "calendar": {name: about.get(name, value) for name, value in vars(calendar).items()},
            "widening": self.widening,
            "columns": self.columns,
            "date_format": self.date_format,
            "form": dict(self.form),
        }

    def ahead(self) -> Frame:
        """Forecasts of the next steps of all series.

        Returns
        -------
        DataFrame
            ``unique_id, ds, mean``, and ``lo-80, hi-80`` and the like for each level.
        """
        return self._frame(self.standing.forecast(), self.series)

    def predict(self, data: Frame | Path) -> Frame:
        """Forecasts of the series of a table, from its last points on.

        Parameters
        ----------
        data : Path, or DataFrame
            As in training. Values after a series' last point of training move its state, by the parameters
            that were fitted; earlier ones are known. Series that the run did not learn from are told.

        Returns
        -------
        DataFrame
            See `ahead`.
        """
        rows = self._table(data) if isinstance(data, Path) else to_arrow(data)
        rows, counts = clean(rows, self.columns, self.date_format)
        for name, count in counts.items():
            if count:
                record(Choice(reason=f"set aside: {count:,} {name.replace('_', ' ')}"))
        frame = from_arrow(rows.combine_chunks(), self.series.engine)
        whole = frame.drop_duplicates()
        if again := len(frame) - len(whole):
            record(Choice(reason=f"set aside: {again:,} repeated rows"))
        found = further(self.series, whole)
        self._tell(found)
        standing = self.standing.after(found.y, to_torch(found.count))
        values = standing.forecast()[:, to_torch(found.there)]
        return self._frame(values, moved(self.series, found))

    def _table(self, data: Path) -> pa.Table:
        told = replace(told_of(self.form), wide=self.form.get("wide", False))
        return table(data, self.columns, told, self.date_format)

    def _tell(self, found: Further) -> None:
        """What is told of series without rows, and of values that are out of the range of training."""
        if lacking := len(self.series.last) - len(found.there):
            record(Choice(reason=f"series: {lacking:,} of training have no row, and no forecast"))
        low, high = self.bounds
        out = int(((found.y < low[:, None]) | (found.y > high[:, None])).sum())
        if out:
            record(Choice(reason=f"values: {out:,} are out of the range that their series had in training"))

    def _frame(self, values: Tensor, series: Panel) -> Frame:
        plan = self.standing.plan
        values = widened(values, self.widening, plan.levels) if self.widening else values
        names = ["mean", *(f"{side}-{level}" for level in plan.levels for side in ("lo", "hi"))]
        columns = {n: from_torch(v, series.engine) for n, v in zip(names, values, strict=True)}
        return series.frame(plan.horizon, columns)


def model(config: Config, series: Panel, standing: Standing, widening: list[float] | None) -> ForecastModel:
    """What a run learnt."""
    y = series.y
    bounds = torch.stack([y.nan_to_num(torch.inf).amin(1), y.nan_to_num(-torch.inf).amax(1)])
    told = (config.columns, config.date_format)
    return ForecastModel(
        standing, series, widening or [], *told, bounds, config.of_files() | {"wide": config.wide}
    )


def load(folder: Path, facts: Mapping[str, Any], engine: Engine) -> ForecastModel:
    """Read a model again.

    Parameters
    ----------
    folder : Path
    facts : mapping
        What `ForecastModel.save` returned.
    engine : Engine
    """
    arrays = load_arrays(kept(folder / ARRAYS))
    last, bounds = (from_host(arrays.pop(name), engine) for name in ("last", "bounds"))
    ids = from_arrow(pa.table({"unique_id": facts["ids"]}), engine)["unique_id"]
    dtype = pandas_dtype(facts["calendar"]["dtype"])
    calendar = Calendar(**(facts["calendar"] | {"dtype": dtype, "zone": getattr(dtype, "tz", None)}))
    series = Panel(to_torch(bounds).new_empty(0, 0), engine, ids, last, facts["step"], calendar)
    standing, columns = unpack(facts["standing"], arrays, engine), tuple(facts["columns"])
    form = facts.get("form", {"encoding": None, "bad_share": 0.5})
    told = (facts["widening"], columns, facts["date_format"])
    return ForecastModel(standing, series, *told, to_torch(bounds), form)
