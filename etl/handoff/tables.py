"""Bridges between a frame and what the host holds of it: Arrow tables, pandas, separated text."""

import io
from typing import TYPE_CHECKING, Any

from etl.engine import Engine, engine_of
from etl.engine.types import Frame
from etl.handoff.cost import address, note

if TYPE_CHECKING:
    import pyarrow


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
        note("pyarrow", "cudf", table.nbytes, "host")
        return engine.df.DataFrame.from_arrow(table)
    frame = table.to_pandas(split_blocks=True)
    for name in table.column_names:
        chunks = table[name].chunks
        plain = len(chunks) == 1 and chunks[0].null_count == 0 and _is_number(frame[name].dtype)
        same = plain and _arrow_address(chunks[0]) == address(frame[name].to_numpy())
        note("pyarrow", "pandas", table[name].nbytes, "none" if same else "device")
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
        note("cudf", "pyarrow", table.nbytes, "host")
        return table
    arrays = []
    for name in frame.columns:
        values = frame[name]
        number = _is_number(values.dtype)
        arrays.append(pyarrow.array(values.to_numpy() if number else values, from_pandas=not number))
        same = number and _arrow_address(arrays[-1]) == address(values.to_numpy())
        note("pandas", "pyarrow", arrays[-1].nbytes, "none" if same else "device")
    return pyarrow.table(arrays, names=list(frame.columns))


def to_pandas(frame: Frame) -> Frame:
    """A frame as pandas has it: results leaving the device. Costs nothing on the CPU."""
    return to_arrow(frame).to_pandas() if engine_of(frame).name == "gpu" else frame


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
    note("bytes", engine.df.__name__, len(raw), "host" if engine.name == "gpu" else "device")
    return frame
