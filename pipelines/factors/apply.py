"""New cells by the factors that a run found; new slices of the first mode get factors of their own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.arrays import load_arrays, save_arrays
from etl.engine import Engine
from etl.engine.types import Array, Frame
from etl.files import kept
from etl.handoff import column, from_arrow, from_host, to_arrow, to_host, to_list
from etl.ids import factorize, tally
from etl.records import Choice, record
from etl.tables import values
from etl.tables.read import names
from etl.tensors.axes import Axis, as_written
from etl.tensors.lookup import lookup
from etl.tensors.modes import parse
from etl.tensors.read import WHAT, array, in_memory, long
from etl.tensors.write import cells
from models.tensors.coordinates import project
from pipelines.factors.config import ARRAYS
from pipelines.factors.fits import Parts, Units
from pipelines.run import told_of

FILE = "factors.arrow"


@dataclass(frozen=True, eq=False)
class FactorsModel:
    """What new cells are predicted by.

    Attributes
    ----------
    parts : Parts
    axes : list of Axis
        Labels that are known.
    units : Units
    value : str
        Column of the numbers.
    date_format : str, optional
    engine : Engine
    form : dict
        How files are written: ``encoding, bad_share``.
    """

    parts: Parts
    axes: list[Axis]
    units: Units
    value: str
    date_format: str | None
    engine: Engine
    form: Mapping[str, Any] = field(default_factory=dict)

    def save(self, folder: Path) -> Mapping[str, Any]:
        """Factors, weights or core, units and keys as arrays; texts go into ``model.json``."""
        held = {"head": self.parts.head, "centre": self.units.centre, "spread": self.units.spread}
        held |= {f"factor_{place}": factor for place, factor in enumerate(self.parts.factors)}
        arrays = {name: to_host(array) for name, array in held.items()}
        axes = []
        for place, one in enumerate(self.axes):
            keys = pa.array(to_list(one.keys))
            if not pa.types.is_string(keys.type):
                arrays[f"keys_{place}"] = keys.to_numpy()
            if one.positions is not None:
                arrays[f"positions_{place}"] = one.positions
            words = keys.to_pylist() if pa.types.is_string(keys.type) else None
            axes.append({"name": one.name, "kind": one.kind, "words": words})
        save_arrays(folder / FILE, arrays)
        about = {"method": self.parts.method, "value": self.value, "date_format": self.date_format}
        return {**about, "axes": axes, "form": dict(self.form)}

    def predict(self, data: Frame | Path) -> Frame:
        """The fit of each cell.

        Parameters
        ----------
        data : Path, or DataFrame
            A row a cell, as in training; the column of values may be missing.

        Returns
        -------
        DataFrame
            Labels, ``value`` (the fit where none is given), ``filled`` (whether that is so) and ``fit``.
            Cells of labels that the run did not learn from have no fit, but for those of the first mode: a
            new label there gets factors from its values, if it has as many as there are components.
        """
        table = self._table(data)
        frame = from_arrow(table, self.engine)
        codes = [lookup(table[one.name], one) for one in self.axes]
        y = column(frame, "value")
        fit = self._fit(frame, codes, y)
        missing = y != y
        columns = {"value": self.engine.xp.where(missing, fit, y), "filled": missing, "fit": fit}
        found = {one.name: as_written(values.flat(table[one.name]), one.kind) for one in self.axes}
        found |= {name: pa.array(to_host(array)) for name, array in columns.items()}
        return from_arrow(pa.table(found), self.engine)

    def _table(self, data: Frame | Path) -> pa.Table:
        """Keys of each mode and ``value``, NaN where there is none."""
        kinds = {one.name: one.kind for one in self.axes}
        spec = [parse(name) for name in kinds]
        if isinstance(data, Path) and data.suffix in ARRAYS:
            if named := [
                one.name
                for one in self.axes
                if one.kind != "id" or getattr(one.keys.dtype, "kind", "O") not in "iu"
            ]:
                raise ValueError(
                    f"{data} has places and no labels of {', '.join(named)}; give a table with them"
                )
            found = array(data, self.engine, list(kinds), self.value, self.value)
            return cells(found.axes, {"value": to_host(found.values).ravel()})
        if isinstance(data, Path):
            told = told_of(self.form)
            there = {name.casefold() for name in names(data, WHAT, told, [mode.column for mode in spec])}
            value = self.value if self.value.casefold() in there else None
            table = long(data, spec, value, told, self.date_format, kinds).table
        else:
            given = to_arrow(data)
            value = self.value if self.value in given.column_names else None
            table = in_memory(given, spec, value, self.date_format, kinds)
        if not len(table):
            raise ValueError("there are no rows; give one at least")
        if value is None:
            return table.append_column("value", pa.array(np.full(len(table), np.nan)))
        blank = pc.fill_null(values.flat(table["value"]), float("nan"))
        return table.set_column(table.column_names.index("value"), "value", blank)

    def _fit(self, frame: Frame, codes: list[Array], y: Array) -> Array:
        """The fit of rows, NaN where a label is not known."""
        xp = self.engine.xp
        tell_unknown(self.axes[1:], frame, codes[1:])
        others = codes[1] >= 0
        for code in codes[2:]:
            others = others & (code >= 0)
        safe = [xp.maximum(code, 0) for code in codes]
        rows = self.parts.rows(safe[1:])
        own = self.parts.factors[0][safe[0]]
        new = codes[0] < 0
        if bool(new.any()):
            own = self._with_new(frame, own, (new, others), rows, self.units.at(safe).to(y))
        fit = self.units.at(safe).back((rows * own).sum(axis=1))
        return xp.where(others, fit, float("nan"))

    def _with_new(self, frame: Frame, own: Array, which: tuple[Array, Array], rows: Array, y: Array) -> Array:
        """Factors of rows, those of new slices of the first mode found from their values; NaN of too few."""
        xp, name = self.engine.xp, self.axes[0].name
        new, others = which
        at = xp.flatnonzero(new)
        slices, ids = factorize(frame[name].iloc[at].reset_index(drop=True))
        usable = (y == y)[at] & others[at]
        count = tally(slices[usable], len(ids))
        enough = count >= rows.shape[1]
        if self.units.centre.shape[0] > 1:
            enough = enough & False
        found = project(rows[at][usable], y[at][usable], slices[usable], len(ids))
        found = xp.where(enough[:, None], found, float("nan"))
        fitted, known = int(enough.sum()), int(count[enough].sum())
        if fitted:
            record(Choice(reason=f"{name}: {fitted:,} new labels get factors from their {known:,} values"))
        if few := len(ids) - fitted:
            why = "no units, or fewer values than there are components"
            record(Choice(reason=f"{name}: {few:,} new labels have {why}, and so no fit"))
        out = own.copy()
        out[at] = found[slices]
        return out


def tell_unknown(axes: list[Axis], frame: Frame, codes: list[Array]) -> None:
    """Say which labels the run did not learn from."""
    for one, code in zip(axes, codes, strict=True):
        unknown = code < 0
        if rows := int(unknown.sum()):
            labels = frame[one.name][unknown].unique()
            example = as_written(pa.array(to_list(labels[:1])), one.kind)[0]
            told = (
                f"{one.name}: {len(labels):,} labels are not of training, such as {example}; {rows:,} rows "
            )
            record(Choice(reason=told + "have no fit"))


def load(folder: Path, facts: Mapping[str, Any], engine: Engine) -> FactorsModel:
    """Read a model again.

    Parameters
    ----------
    folder : Path
    facts : mapping
        What `FactorsModel.save` returned.
    engine : Engine
    """
    host = load_arrays(kept(folder / FILE))
    axes = []
    for place, about in enumerate(facts["axes"]):
        words = about["words"]
        keys = pa.array(words, pa.string()) if words is not None else pa.array(host[f"keys_{place}"])
        index = engine.df.Index(from_arrow(pa.table({"keys": keys}), engine)["keys"])
        axes.append(Axis(about["name"], index, about["kind"], host.get(f"positions_{place}")))
    held = {name: from_host(host[name], engine) for name in ("head", "centre", "spread")}
    factors = [from_host(host[f"factor_{place}"], engine) for place in range(len(axes))]
    parts = Parts(facts["method"], held["head"], factors)
    units = Units(held["centre"], held["spread"])
    return FactorsModel(parts, axes, units, facts["value"], facts["date_format"], engine, facts["form"])
