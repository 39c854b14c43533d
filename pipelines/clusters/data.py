"""Rows for the clusters pipeline, from files, loans or what lies on the device, as one matrix of numbers."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from scipy.sparse import load_npz
from sklearn.datasets import load_digits

from etl.engine import Engine
from etl.engine.types import Array, Frame
from etl.files import numpy_arrays, reading
from etl.handoff import from_arrow, from_host, matrix
from etl.mortgage import plan
from etl.records import Choice, collect, record, replay
from etl.tables import infer
from models.clustering import sample
from models.drift import Ranges
from pipelines.clusters.config import Config
from pipelines.clusters.scaling import Scale, scaled, unit, warn_of_ids
from pipelines.run import Run

PLACES = ("zip", "msa")
"""Features of loans that are numbers of places."""
FEWEST = 4
"""Rows."""
ROW, CLUSTER = "row", "cluster"
"""Columns of ``clusters.csv`` that are not the user's."""
DAMAGE = (ValueError, TypeError, AttributeError, NotImplementedError, SyntaxError, OverflowError)
"""What NumPy and SciPy raise at a damaged file, beside `etl.files.DAMAGE`."""
MORTGAGE = "mortgage:"
"""Before the path of loan files."""
BAD_LOANS = 0.01
"""Largest share of their lines that may be unreadable."""


@dataclass(frozen=True, eq=False)
class Rows:
    """What is clustered.

    Attributes
    ----------
    X : float32 array, shape (n, d), or CSR matrix
        Without NaN; see the run's choices for how it was scaled.
    about : DataFrame
        Columns ``row`` and those left out.
    scale : Scale
        How rows were made comparable.
    known : Series, optional
        Class of each row.
    ranges : Ranges, optional
        Of the columns that count, as they were; of sparse rows None.
    """

    X: Any
    scale: Scale
    about: Any
    known: Any = None
    ranges: Ranges | None = None

    @property
    def names(self) -> list[str]:
        """Of the columns."""
        return self.scale.names


def load(config: Config, run: Run, given: Frame | Array | None = None) -> Rows:
    """Read the rows, draw some, and make them comparable.

    Parameters
    ----------
    given : DataFrame or matrix, optional
        Rows that are there already, on either device; no file is read.

    Raises
    ------
    FileNotFoundError, ValueError
        There is no such file or column, or it holds no numbers, or infinite ones.
    """
    table, label, number = (given, config.label, None) if given is not None else _read(config, run)
    if table.shape[0] < FEWEST:
        raise ValueError(f"there are {table.shape[0]} rows; {FEWEST} at least can be parted")
    rows = sample(np.arange(table.shape[0]), config.rows or table.shape[0], config.seed)
    if len(rows) < table.shape[0]:
        run.say(f"rows: {len(rows):,} of {table.shape[0]:,}, drawn at random; --rows 0 takes all")
    kept = from_host(rows, run.engine)
    if hasattr(table, "columns"):
        number = kept if number is None else from_host(number[rows], run.engine)
        return _columns(config, run, table.iloc[kept].reset_index(drop=True), number, label)
    about = run.engine.df.DataFrame({ROW: kept})
    names = [f"c{place}" for place in range(table.shape[1])]
    if hasattr(table, "tocsr"):
        run.say("scale: each row of the sparse matrix has length 1, so that directions are compared")
        scale = Scale("directions", names, list(range(len(names))), len(names))
        return Rows(unit(table.tocsr()[kept]), scale, about)
    X, scale = scaled(run, table[kept], names, kept)
    return Rows(X, scale, about, ranges=Ranges.of(scale.of_matrix(table[kept])))


def _read(config: Config, run: Run) -> tuple[Any, str | None, np.ndarray | None]:
    """Rows, the column of classes and, of tables, the place of each row among all of the files."""
    engine = run.engine
    if config.data is None:
        run.say("data: none was given, so scikit-learn's digits are taken, whose classes are known")
        X, y = load_digits(return_X_y=True)
        table = pa.table({**{f"pixel{n}": X[:, n].astype("float32") for n in range(64)}, "digit": y})
        return from_arrow(table, engine), config.label or "digit", None
    if config.data.startswith(MORTGAGE):
        loaded = loans(Path(config.data.removeprefix(MORTGAGE)), run.engine, run.scratch)
        return loaded, config.label or "label", None
    path = Path(config.data)
    if path.suffix in (".npy", ".npz"):
        return matrix_of(path, engine), None, None
    apart = (*config.leave, *([config.label] if config.label else []))
    found = infer.read(path, "rows", config.told(), apart)
    return from_arrow(found.table, engine), config.label, found.number


def loans(path: Path, engine: Engine, scratch: Path) -> Any:
    """Features of observation months, as `etl.mortgage.features.shape` leaves them where they lie."""
    from etl.mortgage import audit, cut, features, read
    from etl.mortgage.schema import CATEGORIES, FEATURES

    kept = ["label", *(name for name in FEATURES if name not in (*CATEGORIES, *PLACES))]
    with collect() as entries:
        pieces = cut.cut(path, scratch, plan.PIECE, "auto")
        frames = [features.shape(read.read(piece, engine=engine))[kept] for piece in pieces]
    replay(entries)
    audit.inspect(entries, BAD_LOANS)
    told = "data: months of loans, by their features that are numbers; neighbours may be of the same loan"
    record(Choice(reason=told))
    return engine.df.concat(frames, ignore_index=True)


def matrix_of(path: Path, engine: Engine, flat: bool = True) -> Any:
    """A matrix of numbers from NumPy's or SciPy's files, dense or sparse; deeper rows are laid ``flat``."""
    wanted = "a whole file of numbers, a row an item, as NumPy or SciPy write it"
    with reading(path, wanted, *DAMAGE):
        held = numpy_arrays(path)
        if "indptr" in held:
            saved = load_npz(path)
            saved.check_format()
            whole = saved.tocsr().astype("float32")  # CuPy's matrices hold no whole numbers
            parts = tuple(from_host(part, engine) for part in (whole.data, whole.indices, whole.indptr))
            return engine.sparse.csr_matrix(parts, shape=whole.shape)
    if not held:
        raise ValueError(f"{path} holds no array; give {wanted}")
    found = next(iter(held.values()))
    if found.dtype.kind not in "biuf" or found.ndim < 2:
        raise ValueError(
            f"{path} holds {found.dtype} of shape {found.shape}; give numbers with a row an item"
        )
    if found.ndim > 2 and not flat:
        raise ValueError(
            f"{path} has shape {found.shape}, and items are rows of numbers; lay each out as one row, as "
            "with array.reshape(len(array), -1)"
        )
    return from_host(found.reshape(len(found), -1), engine)


def _columns(config: Config, run: Run, table: Frame, rows: Array, label: str | None) -> Rows:
    apart = [*config.leave, *([label] if label else [])]
    if lacking := [name for name in apart if name not in table.columns]:
        raise ValueError(f"there is no column {', '.join(lacking)}; there are {', '.join(table.columns)}")
    rest = [name for name in table.columns if name not in apart]
    names = [name for name in rest if getattr(table[name].dtype, "kind", "O") in "biuf"]
    if len(names) < len(rest):
        words = ", ".join(name for name in rest if name not in names)
        run.say(f"columns: {words} hold no numbers and are left out; make numbers of them, or --leave them")
    if not names:
        raise ValueError(f"no column holds numbers; there are {', '.join(map(str, rest))}")
    X = matrix(table[names].astype("float64").fillna(float("nan")), names, "float64")
    warn_of_ids(run, X, names, rows)
    about = beside(table[list(dict.fromkeys(config.leave))], ROW, rows)
    Y, scale = scaled(run, X, names, rows)
    return Rows(Y, scale, about, table[label] if label else None, Ranges.of(scale.of_matrix(X)))


def beside(about: Frame, name: str, values: Array) -> Frame:
    """A column beside those of the user, by another name where one of them has that already."""
    free = name
    while free in about.columns:
        free += "_"
    if free != name:
        told = f"columns: {name} is one of yours and stays, so ours is {free} in clusters.csv"
        record(Choice(reason=told))
    return about.assign(**{free: values})
