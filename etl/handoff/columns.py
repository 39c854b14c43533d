"""Bridges between a frame, its columns as arrays, and XGBoost."""

import numpy as np

from etl.engine import engine_of
from etl.engine.types import Array, Csr, Frame
from etl.handoff.cost import address, column_address, copies_of, note
from etl.handoff.host import numbers

MOST = float(np.finfo("float32").max)
"""Beyond it XGBoost, which holds float32, takes a number for infinite."""


def column(frame: Frame, name: str) -> Array:
    """One column as an array where it lies; zero copies unless it has nulls: one, with NaN in their place.

    Parameters
    ----------
    frame : DataFrame, n rows
    name : str

    Returns
    -------
    array, shape (n,)
        Of the column's own dtype.
    """
    engine, series = engine_of(frame), frame[name]
    values = series.to_numpy() if engine.name == "cpu" else series.values
    note(engine.df.__name__, engine.xp.__name__, values.nbytes, copies_of(values, series))
    return values


def assign(frame: Frame, **arrays: Array) -> Frame:
    """A frame with arrays as columns, NaN kept as a number; a copy on the CPU, none on a GPU.

    Parameters
    ----------
    frame : DataFrame, n rows
    **arrays : arrays, shape (n,)
        By the column's name, new or not, where the frame lies.

    Returns
    -------
    DataFrame
    """
    engine = engine_of(frame)
    if engine.name == "cpu":
        out = frame.assign(**arrays)
    else:
        columns = {name: frame[name] for name in frame.columns} | arrays
        out = engine.df.DataFrame(columns, nan_as_null=False)
    for name, array in arrays.items():
        note(engine.xp.__name__, engine.df.__name__, array.nbytes, copies_of(array, out[name]))
    return out


def matrix(frame: Frame, columns: list[str], dtype: str = "float32") -> Array:
    """Columns side by side as one array; one copy in the memory where they lie.

    Parameters
    ----------
    frame : DataFrame, n rows
    columns : list of str
    dtype : str
        Of the result; columns are converted to it.

    Returns
    -------
    array, shape (n, len(columns)), Fortran order
    """
    engine = engine_of(frame)
    out = engine.xp.empty((len(frame), len(columns)), dtype=dtype, order="F")
    for place, name in enumerate(columns):
        out[:, place] = frame[name].to_numpy() if engine.name == "cpu" else frame[name].values
    note(engine.df.__name__, engine.xp.__name__, out.nbytes, "device")
    return out


def to_xgboost(frame: Frame, columns: list[str]) -> Frame:
    """The frame of features as XGBoost reads it: column pointers; zero copies for float32 columns.

    The addresses compared are those that XGBoost's own adapter derives from the frame.

    Parameters
    ----------
    frame : DataFrame
    columns : list of str
        Features, in the order in which the model knows them.

    Returns
    -------
    DataFrame
        These columns alone.
    """
    engine = engine_of(frame)
    view = frame[columns]
    same = _seen_by_xgboost(view) == [column_address(frame[name]) for name in columns]
    size = sum(int(frame[name].dtype.itemsize) for name in columns) * len(frame)
    note(engine.df.__name__, "xgboost", size, "none" if same else "device")
    return view


def _seen_by_xgboost(view: Frame) -> list[int]:
    from xgboost import data as adapter

    if engine_of(view).name == "gpu":
        transformed = adapter._transform_cudf_df(view, None, None, False)[0]
        return [int(interface["data"][0]) for interface in transformed.aitfs]
    return [address(array) for array in adapter.pandas_transform_data(view)]


def matrix_to_xgboost(X: Array | Csr) -> Array | Csr:
    """A matrix as XGBoost reads it: by its pointers, without a copy if it is of float32 or float64.

    Parameters
    ----------
    X : array or CSR matrix, shape (n, d)

    Returns
    -------
    array or CSR matrix, shape (n, d)

    Raises
    ------
    ValueError
        It is sparse and on a GPU, where XGBoost reads none; or a value is infinite as float32.
    """
    engine, sparse = engine_of(X), hasattr(X, "tocsr")
    if sparse and engine.name == "gpu":
        raise ValueError("XGBoost reads no sparse matrix on a GPU; give X.toarray(), or work on the CPU")
    read = engine.sparse.csr_matrix(X) if sparse else X
    read = read if read.dtype in ("float32", "float64") else read.astype("float32")
    values, given = (read.data, X.data) if sparse else (read, X)
    far = engine.xp.abs(values) > MOST
    if (count := numbers([far.sum()])[0]) > 0:
        raise ValueError(f"X has {count:,.0f} infinite values, or beyond {MOST:.1e}; replace them")
    same = not values.size or address(values) == address(given)
    note(type(X).__module__.partition(".")[0], "xgboost", values.nbytes, "none" if same else "device")
    return read
