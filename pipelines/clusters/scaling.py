"""Rows that can be compared: shares by square roots, sparse rows by direction, others by standard scores."""

from typing import Any

from etl.engine import array_namespace, engine_of
from etl.engine.types import Array, Csr
from etl.handoff import to_host
from pipelines.run import Run

WIDE = 1e100
"""Numbers beyond, or below its inverse, whose squares float64 does not hold."""
IDS = ("id", "index", "key", "nr", "no", "number", "row")
ENOUGH = 20
"""Rows from which whole numbers that are all different look like ids."""
SHARES = 1e-3
"""How far the sum of a row of shares may be from 1."""


def scaled(run: Run, X: Array, names: list[str], rows: Array) -> tuple[Any, list[str]]:
    """Rows that can be compared, and their columns.

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
    wild = xp.isinf(X)
    if bool(wild.any()):
        at = int(wild.any(axis=0).argmax())
        raise ValueError(
            f"column {names[at]} is infinite in row {int(rows[int(wild[:, at].argmax())])}; mend or drop it"
        )
    X = _in_range(X)
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
        return xp.sqrt(X).astype("float32"), names
    if gaps := int(missing.sum()):
        run.say(f"missing: {gaps:,} values ({gaps / X.size:.1%}) are taken as the mean of their column")
    kept = [name for name, does in zip(names, to_host(varies).tolist(), strict=True) if does]
    if dull := [name for name in names if name not in kept]:
        run.say(f"columns: {_some(dull)} never vary, and are left out")
    run.say("scale: each column has mean 0 and variance 1")
    return (centred[:, varies] / spread[varies]).astype("float32"), kept


def _in_range(X: Array) -> Array:
    """Columns of very large or small numbers in units of their largest, so that squares can be summed."""
    xp = array_namespace(X)
    peak = xp.where(xp.isnan(X), 0, xp.abs(X)).max(axis=0)
    wide = (peak > WIDE) | ((peak > 0) & (peak < 1 / WIDE))
    return X / xp.where(wide, peak, 1.0) if bool(wide.any()) else X


def _are_shares(X: Array, spread: Array) -> bool:
    """Whether rows of two or more columns sum to 1, as nearly as a tenth of what columns vary by."""
    xp = array_namespace(X)
    if X.shape[1] < 2 or not bool((X >= 0).all()):
        return False
    off = xp.abs(X.sum(axis=1) - 1)
    return bool((off < SHARES).all()) and bool(off.mean() < 0.1 * spread.max())


def unit(run: Run, X: Csr) -> Any:
    """Sparse rows of length 1; rows without an entry stay.

    Parameters
    ----------
    run : Run
    X : CSR matrix, shape (n, d)
    """
    engine = engine_of(X)
    run.say("scale: each row of the sparse matrix has length 1, so that directions are compared")
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
