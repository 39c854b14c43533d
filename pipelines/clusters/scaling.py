"""Rows that can be compared: shares by square roots, sparse rows by direction, others by standard scores."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from etl.engine import array_namespace, engine_of
from etl.engine.types import Array, Csr
from etl.handoff import from_host, to_host
from etl.records import Choice, record
from pipelines.run import Run

WIDE = 1e100
"""Numbers beyond, or below its inverse, whose squares float64 does not hold."""
FAR = 1e15
"""Standard scores beyond, whose squares float32 does not hold."""
IDS = ("id", "index", "key", "nr", "no", "number", "row")
ENOUGH = 20
"""Rows from which whole numbers that are all different look like ids."""
SHARES = 1e-3
"""How far the sum of a row of shares may be from 1."""


@dataclass(frozen=True, eq=False)
class Scale:
    """How rows were made comparable, for rows to come.

    Attributes
    ----------
    kind : {"shares", "standard", "directions"}
    names : list of str
        Of the columns that count, in order.
    places : list of int
        Of these columns in a matrix.
    width : int
        Columns of such a matrix.
    unit, mean, spread : float64 arrays, shape (columns,), optional
        Of the standard scores.
    """

    kind: Literal["shares", "standard", "directions"]
    names: list[str]
    places: list[int]
    width: int
    unit: Any = None
    mean: Any = None
    spread: Any = None

    def of_matrix(self, X: Array) -> Array:
        """The columns that count, float64, of a matrix as in training."""
        return X[:, from_host(np.asarray(self.places), engine_of(X))].astype("float64")

    def transform(self, X: Array | Csr) -> Array | Csr:
        """Rows of these columns, (n, columns), as those that were learnt from.

        Raises
        ------
        ValueError
            A value is infinite; or negative, where shares are compared.
        """
        if self.kind == "directions":
            return unit(X)
        xp = array_namespace(X)
        rows = xp.arange(len(X))
        _refuse(xp.isinf(X), self.names, rows, "infinite")
        missing = xp.isnan(X)
        if gaps := int(missing.sum()):
            mean = "0" if self.kind == "shares" else "the mean of their column in training"
            record(Choice(reason=f"missing: {gaps:,} values ({gaps / X.size:.1%}) are taken as {mean}"))
        if self.kind == "standard":
            X = xp.where(missing, 0, X / self.unit - self.mean) / self.spread
            _refuse(xp.abs(X) > FAR, self.names, rows, "too far from all of training to compare")
            return X.astype("float32")
        _refuse(X < 0, self.names, rows, "negative, and no share,")
        X = xp.where(missing, 0, X)
        if off := int((xp.abs(X.sum(axis=1) - 1) >= SHARES).sum()):
            record(Choice(reason=f"scale: {off:,} of {len(X):,} rows do not sum to 1, as in training"))
        return xp.sqrt(X).astype("float32")


def _refuse(wild: Array, names: list[str], rows: Array, what: str) -> None:
    if bool(wild.any()):
        at = int(wild.any(axis=0).argmax())
        raise ValueError(
            f"column {names[at]} is {what} in row {int(rows[int(wild[:, at].argmax())])}; mend or drop it"
        )


def scaled(run: Run, X: Array, names: list[str], rows: Array) -> tuple[Any, Scale]:
    """Rows that can be compared, and how they were made so.

    Parameters
    ----------
    run : Run
    X : array, shape (n, d)
    names : list of str
        Of the columns.
    rows : int array, shape (n,)
        Numbers of the rows, for errors.

    Raises
    ------
    ValueError
        A value is infinite, or all rows are equal.
    """
    xp = array_namespace(X)
    X = xp.asarray(X, dtype="float64")  # means of large numbers, such as dates, are lost in float32
    _refuse(xp.isinf(X), names, rows, "infinite")
    units = _units(X)
    X = X / units
    missing = xp.isnan(X)
    count = xp.maximum((~missing).sum(axis=0), 1)
    mean = xp.where(missing, 0, X).sum(axis=0) / count
    centred = xp.where(missing, 0, X - mean)
    spread = xp.sqrt((centred**2).mean(axis=0))
    varies = spread > 1e-12 * xp.abs(mean)
    if not bool(varies.any()):
        raise ValueError("all rows are equal in all columns; there is nothing to tell them apart by")
    if _are_shares(X, spread):
        run.say("scale: rows are shares of 1, so their square roots are compared (Hellinger's distance)")
        return xp.sqrt(X).astype("float32"), Scale("shares", names, list(range(len(names))), len(names))
    if gaps := int(missing.sum()):
        run.say(f"missing: {gaps:,} values ({gaps / X.size:.1%}) are taken as the mean of their column")
    places = to_host(varies).nonzero()[0].tolist()
    kept = [names[place] for place in places]
    if dull := [name for name in names if name not in kept]:
        run.say(f"columns: {_some(dull)} never vary, and are left out")
    run.say("scale: each column has mean 0 and variance 1")
    scores = (centred[:, varies] / spread[varies]).astype("float32")
    return scores, Scale("standard", kept, places, len(names), units[varies], mean[varies], spread[varies])


def _units(X: Array) -> Array:
    """Units of columns: the largest of very large or small numbers, so that squares can be summed, else 1."""
    xp = array_namespace(X)
    peak = xp.where(xp.isnan(X), 0, xp.abs(X)).max(axis=0)
    wide = (peak > WIDE) | ((peak > 0) & (peak < 1 / WIDE))
    return xp.where(wide, peak, 1.0)


def _are_shares(X: Array, spread: Array) -> bool:
    """Whether rows of two or more columns sum to 1, as nearly as a tenth of what columns vary by."""
    xp = array_namespace(X)
    if X.shape[1] < 2 or not bool((X >= 0).all()):
        return False
    off = xp.abs(X.sum(axis=1) - 1)
    return bool((off < SHARES).all()) and bool(off.mean() < 0.1 * spread.max())


def unit(X: Csr) -> Any:
    """Sparse rows of length 1; rows without an entry stay.

    Parameters
    ----------
    X : CSR matrix, shape (n, d)
    """
    engine = engine_of(X)
    X = X.astype("float32")
    length = engine.xp.sqrt(engine.xp.asarray(X.multiply(X).sum(axis=1)).ravel())
    scale = engine.sparse.diags(1 / engine.xp.maximum(length, 1e-12), format="csr")
    return (scale @ X).tocsr().astype("float32")


def warn_of_ids(run: Run, X: Array, names: list[str], rows: Array) -> None:
    """Say which columns look like ids: whole numbers, all different, and called so or near together.

    Parameters
    ----------
    run : Run
    X : array of float64, shape (n, d)
    names : list of str
    rows : int array, shape (n,)
        Numbers of the rows, of which these may be a sample.
    """
    if len(X) < ENOUGH:
        return
    xp, total = array_namespace(X), int(rows.max()) + 1
    width = X.max(axis=0) - X.min(axis=0) + 1
    whole = (xp.floor(X) == X).all(axis=0) & (width >= len(X))
    told = zip(to_host(whole).tolist(), to_host(whole & (width <= 2 * total)).tolist(), names, strict=True)
    likely = [
        at for at, (is_whole, close, name) in enumerate(told) if close or (is_whole and _is_called_id(name))
    ]
    if found := [names[at] for at in likely if len(xp.unique(X[:, at])) == len(X)]:
        run.say(
            f"columns: {_some(found)} may be ids, as no two rows have the same whole number; an id makes "
            f"groups of its own: --leave {found[0]} leaves it out"
        )


def _is_called_id(name: str) -> bool:
    return name.lower() in IDS or name.lower().endswith(("_id", " id", "_no", "_nr", "_key"))


def _some(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} others" if len(names) > 5 else "")
