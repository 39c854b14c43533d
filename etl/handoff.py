"""The bridges between libraries. Each says what it costs and writes that to the run's ledger.

``copies`` is one of ``none`` (the same addresses on both sides), ``device`` (one copy in the memory where
the data lies) and ``host`` (a crossing between device and host). It is found by comparing addresses.
"""

import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from etl.engine import Engine, engine_of
from etl.engine.types import Array, Frame, Index, Series, Tensor
from etl.records import Bridge, Record, of_kind, record

if TYPE_CHECKING:
    import pyarrow


def address(array: Array | Tensor) -> int:
    """First byte's address of a NumPy or CuPy array or a torch tensor."""
    if hasattr(array, "data_ptr"):
        return int(array.data_ptr())
    if hasattr(array, "__cuda_array_interface__"):
        return int(array.__cuda_array_interface__["data"][0])
    return int(array.__array_interface__["data"][0])


def _note(source: str, target: str, size: int, copies: str) -> None:
    record(Bridge(source=source, target=target, bytes=int(size), copies=copies))


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
    _note(engine.df.__name__, engine.xp.__name__, values.nbytes, _copies(values, series))
    return values


def _copies(array: Array, series: Series) -> str:
    """Whether an array and a column share their memory; of no rows nothing is copied."""
    return "none" if not len(array) or address(array) == _column_address(series) else "device"


def _column_address(series: Series) -> int:
    """First byte's address of a column; on the CPU a copy is known by having another each time."""
    return address(series.to_numpy() if engine_of(series).name == "cpu" else series)


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
        _note(engine.xp.__name__, engine.df.__name__, array.nbytes, _copies(array, out[name]))
    return out


def read_csv(raw: bytes, engine: Engine, **options: Any) -> Frame:
    """Separated text of the host as a frame of the engine: a crossing to a GPU, of the text itself.

    Parameters
    ----------
    raw : bytes
    engine : Engine
        Whose frame is wanted.
    **options
        Of ``read_csv`` of its library.
    """
    frame = engine.df.read_csv(io.BytesIO(raw), **options)
    _note("bytes", engine.df.__name__, len(raw), "host" if engine.name == "gpu" else "device")
    return frame


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
    _note(engine.df.__name__, engine.xp.__name__, out.nbytes, "device")
    return out


def to_torch(array: Array) -> Tensor:
    """The array as a torch tensor on the same device, through DLPack; zero copies.

    Writing into the tensor writes into the array. A read-only array is copied first, and that is recorded.
    """
    import torch

    engine = engine_of(array)
    start = address(array)
    if engine.name == "cpu" and not array.flags.writeable:
        array = array.copy()
    tensor = torch.from_dlpack(array)
    _note(engine.xp.__name__, "torch", array.nbytes, "none" if address(tensor) == start else "device")
    return tensor


def from_torch(tensor: Tensor, engine: Engine) -> Array:
    """A tensor as an array of the engine that its data came from, where it lies; zero copies.

    Raises
    ------
    BufferError, RuntimeError
        The tensor is not in that engine's memory.
    """
    tensor = tensor.detach().contiguous()
    array = tensor.numpy() if engine.name == "cpu" else engine.xp.from_dlpack(tensor)
    same = address(array) == address(tensor)
    _note("torch", engine.xp.__name__, array.nbytes, "none" if same else "device")
    return array


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
    same = _seen_by_xgboost(view) == [_column_address(frame[name]) for name in columns]
    size = sum(int(frame[name].dtype.itemsize) for name in columns) * len(frame)
    _note(engine.df.__name__, "xgboost", size, "none" if same else "device")
    return view


def _seen_by_xgboost(view: Frame) -> list[int]:
    from xgboost import data as adapter

    if engine_of(view).name == "gpu":
        transformed = adapter._transform_cudf_df(view, None, None, False)[0]
        return [int(interface["data"][0]) for interface in transformed.aitfs]
    return [address(array) for array in adapter.pandas_transform_data(view)]


def from_arrow(table: "pyarrow.Table", engine: Engine) -> Frame:
    """An Arrow table as a frame; zero copies of null-free columns on the CPU, a crossing to a GPU.

    Parameters
    ----------
    table : pyarrow.Table
        In host memory; a column of one chunk is taken as it lies.
    engine : Engine
        Whose frame is wanted.

    Returns
    -------
    DataFrame
    """
    if engine.name == "gpu":
        _note("pyarrow", "cudf", table.nbytes, "host")
        return engine.df.DataFrame.from_arrow(table)
    frame = table.to_pandas(split_blocks=True)
    for name in table.column_names:
        chunks = table[name].chunks
        plain = len(chunks) == 1 and chunks[0].null_count == 0 and _is_number(frame[name].dtype)
        same = plain and _arrow_address(chunks[0]) == address(frame[name].to_numpy())
        _note("pyarrow", "pandas", table[name].nbytes, "none" if same else "device")
    return frame


def _is_number(dtype: Any) -> bool:
    return getattr(dtype, "kind", "O") in "iuf"


def _arrow_address(chunk: Any) -> int:
    return int(chunk.buffers()[1].address) + chunk.offset * chunk.type.bit_width // 8


def to_arrow(frame: Frame) -> "pyarrow.Table":
    """A frame as an Arrow table in host memory: numbers as they lie, NaN kept; a crossing from a GPU."""
    import pyarrow

    if engine_of(frame).name == "gpu":
        table = frame.to_arrow(preserve_index=False)
        _note("cudf", "pyarrow", table.nbytes, "host")
        return table
    arrays = []
    for name in frame.columns:
        values = frame[name]
        number = _is_number(values.dtype)
        arrays.append(pyarrow.array(values.to_numpy() if number else values, from_pandas=not number))
        same = number and _arrow_address(arrays[-1]) == address(values.to_numpy())
        _note("pandas", "pyarrow", arrays[-1].nbytes, "none" if same else "device")
    return pyarrow.table(arrays, names=list(frame.columns))


def to_host(array: Array | Tensor) -> np.ndarray:
    """An array or tensor as NumPy: results leaving the device. Costs nothing on the CPU."""
    tensor = hasattr(array, "data_ptr")
    if engine_of(array).name == "gpu":
        _note("torch" if tensor else "cupy", "numpy", array.nbytes, "host")
        return array.cpu().numpy() if tensor else array.get()
    return array.numpy() if tensor else array


def from_host(array: np.ndarray, engine: Engine) -> Array:
    """A host array where the engine holds its data: an upload to a GPU, nothing on the CPU."""
    if engine.name == "gpu":
        _note("numpy", "cupy", array.nbytes, "host")
        return engine.xp.asarray(array)
    return array


def numbers(values: Sequence[Array | float]) -> list[float]:
    """Single numbers as Python's: those of a GPU are waited for once, together."""
    arrays = [value for value in values if not isinstance(value, float)]
    if not arrays or engine_of(arrays).name == "cpu":
        return [float(value) for value in values]
    read = iter(to_host(engine_of(arrays).xp.stack(arrays).astype("float64")).tolist())
    return [value if isinstance(value, float) else next(read) for value in values]


def to_list(values: Series | Index) -> list[Any]:
    """Values of a series or index as Python's: results leaving the device."""
    if engine_of(values).name == "gpu":
        found = values.to_arrow()
        _note("cudf", "pyarrow", found.nbytes, "host")
        return found.to_pylist()
    return values.tolist()


def to_pandas(frame: Frame) -> Frame:
    """A frame as pandas has it: results leaving the device. Costs nothing on the CPU."""
    return to_arrow(frame).to_pandas() if engine_of(frame).name == "gpu" else frame


def ledger(entries: Iterable[Record]) -> list[dict[str, Any]]:
    """Bridges summed by stage, source, target and cost: a row each, with ``times`` and ``bytes``."""
    rows: dict[tuple[str, str, str, str], dict[str, Any]] = {}
    for bridge in of_kind(entries, Bridge):
        key = (bridge.stage, bridge.source, bridge.target, bridge.copies)
        names = dict(zip(("stage", "from", "to", "copies"), key, strict=True))
        row = rows.setdefault(key, {**names, "times": 0, "bytes": 0})
        row["times"] += 1
        row["bytes"] += bridge.bytes
    return list(rows.values())
