"""New rows to the clusters that a run found: by the nearest centre or, of dbscan, the nearest core sample."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from etl.arrays import load_arrays, save_arrays
from etl.engine import Engine, array_namespace
from etl.engine.types import Array, Csr, Frame
from etl.handoff import from_arrow, from_host, matrix, to_host
from etl.records import Choice, record
from etl.tables import infer
from models.clustering import nearest
from models.drift import Ranges
from pipelines.clusters.data import CLUSTER, ROW, beside, loans, matrix_of
from pipelines.clusters.scaling import Scale
from pipelines.run import told_of

ARRAYS = "clusters.arrow"
DISTANCE = "distance"
SCORES = ("unit", "mean", "spread")


class Basis(NamedTuple):
    """Components, (k, columns), and what is taken off first, (columns,) or None."""

    components: Array
    mean: Array | None

    def of(self, X: Array | Csr) -> Array:
        """Rows by their components."""
        return (X if self.mean is None else X - self.mean.ravel()) @ self.components.T


@dataclass(frozen=True, eq=False)
class ClusterModel:
    """What new rows are compared with.

    Attributes
    ----------
    scale : Scale
    basis : Basis, optional
    centres : array, shape (k, components)
        Of the clusters or, by density, core samples.
    codes : int array, shape (k,)
        Cluster of each.
    radius : float, optional
        By density: beyond it a row is noise.
    ranges : Ranges, optional
    form : dict
        How files are written: ``leave, encoding, bad_share``, and whether they are of ``loans``.
    """

    scale: Scale
    basis: Basis | None
    centres: Array
    codes: Array
    engine: Engine
    radius: float | None = None
    ranges: Ranges | None = None
    form: Mapping[str, Any] = field(default_factory=dict)

    def save(self, folder: Path) -> Mapping[str, Any]:
        """Arrays in Arrow's format; names, the radius and the form of files go into ``model.json``."""
        held = {"centres": self.centres, "codes": self.codes} | (self.basis._asdict() if self.basis else {})
        held = {f"basis_{name}" if name in Basis._fields else name: array for name, array in held.items()}
        held |= {name: getattr(self.scale, name) for name in SCORES}
        arrays = {name: to_host(array) for name, array in held.items() if array is not None}
        save_arrays(folder / ARRAYS, arrays | (self.ranges.arrays() if self.ranges else {}))
        scale = {name: getattr(self.scale, name) for name in ("kind", "names", "places", "width")}
        return {"scale": scale, "radius": self.radius, "form": dict(self.form)}

    def predict(self, data: Frame | Path) -> Frame:
        """Cluster of each row, and its distance to the centre, or core sample, that is nearest.

        Parameters
        ----------
        data : Path, DataFrame or matrix
            Rows as in training; columns are found by their names, those of a matrix by their places.

        Returns
        -------
        DataFrame
            Columns left out in training, as far as they are there, ``row``, ``cluster`` and ``distance``;
            -1 is noise.
        """
        table, number = self._read(data) if isinstance(data, Path) else (data, None)
        about, raw = self._columns(table, number)
        if self.ranges and not hasattr(raw, "tocsr"):
            self.ranges.tell(raw, self.scale.names)
        X = self.scale.transform(raw)
        Z = self.basis.of(X) if self.basis else X
        place, distance = nearest(Z, self.centres)
        label = self.codes[place]
        if self.radius is not None:
            label = array_namespace(label).where(distance <= self.radius, label, -1)
            lost = f"{int((label < 0).sum()):,} of {len(label):,} rows"
            record(Choice(reason=f"noise: {lost} are not within {self.radius:.3g} of a core sample"))
        return beside(beside(about, CLUSTER, label), DISTANCE, distance)

    def _read(self, path: Path) -> tuple[Frame | Array | Csr, Array | None]:
        """Rows and, of tables, the place of each among all of the files."""
        if self.form.get("loans"):
            with TemporaryDirectory() as scratch:
                return loans(path, self.engine, Path(scratch)), None
        if path.suffix in (".npy", ".npz"):
            return matrix_of(path, self.engine), None
        found = infer.read(path, "rows", told_of(self.form), self.form.get("leave", ()), self.scale.names)
        return from_arrow(found.table, self.engine), found.number

    def _columns(self, table: Frame | Array | Csr, number: Array | None) -> tuple[Frame, Array | Csr]:
        """What stands beside the result, and the columns that count."""
        xp = self.engine.xp
        rows = xp.arange(table.shape[0]) if number is None else from_host(number, self.engine)
        if not len(rows):
            raise ValueError("there are no rows; give one at least")
        if not hasattr(table, "columns"):
            if table.shape[1] != self.scale.width:
                raise ValueError(
                    f"there are {table.shape[1]} columns; the run learnt from {self.scale.width}"
                )
            about = self.engine.df.DataFrame({ROW: rows})
            return about, table.tocsr() if hasattr(table, "tocsr") else self.scale.of_matrix(table)
        names = self.scale.names
        if lacking := [name for name in names if name not in table.columns]:
            raise ValueError(f"there is no column {', '.join(lacking)}, from which the run learnt; add it")
        blank = [name for name in names if getattr(table[name].dtype, "kind", "O") not in "biuf"]
        if words := [name for name in blank if bool(table[name].notna().any())]:
            raise ValueError(f"column {', '.join(words)} held numbers in training and does not here; mend it")
        there = [name for name in dict.fromkeys(self.form.get("leave", ())) if name in table.columns]
        X = matrix(table[names].astype("float64").fillna(float("nan")), names, "float64")
        return beside(table[there].reset_index(drop=True), ROW, rows), X


def load(folder: Path, facts: Mapping[str, Any], engine: Engine) -> ClusterModel:
    """Read a model again.

    Parameters
    ----------
    folder : Path
    facts : mapping
        What `ClusterModel.save` returned.
    engine : Engine
    """
    host = load_arrays(folder / ARRAYS)
    held = {name: from_host(array, engine) for name, array in host.items() if name not in ("low", "high")}
    scale = Scale(**(facts["scale"] | {name: held.get(name) for name in SCORES}))
    basis = Basis(held["basis_components"], held.get("basis_mean")) if "basis_components" in held else None
    ranges = Ranges(host["low"], host["high"]) if "low" in host else None
    wide = basis.components.shape if basis else (held["centres"].shape[1], len(scale.names))
    if wide != (held["centres"].shape[1], len(scale.names)) or len(held["codes"]) != len(held["centres"]):
        raise EOFError(f"{ARRAYS} holds arrays that do not fit together")
    return ClusterModel(
        scale, basis, held["centres"], held["codes"], engine, facts["radius"], ranges, facts["form"]
    )
