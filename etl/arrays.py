"""Named arrays in one Arrow file: what a model is made of, read without running anything."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa

from etl.files import reading, whole

TOLD: Final = "told"
"""Name of the array that holds facts as JSON, see `pack`."""


def save_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write arrays of numbers, whole or not at all.

    Parameters
    ----------
    path : Path
    arrays : mapping of str to array of bool, int or float, any shape
        On the host.

    Raises
    ------
    TypeError
        An array holds no numbers.
    """
    table = _table(arrays)
    with whole(path) as partial, pa.OSFile(str(partial), "wb") as sink:
        _put(table, sink)


def dumps(arrays: Mapping[str, np.ndarray]) -> bytes:
    """What `save_arrays` writes, as bytes."""
    sink = pa.BufferOutputStream()
    _put(_table(arrays), sink)
    return sink.getvalue().to_pybytes()


def _put(table: pa.Table, sink: pa.NativeFile) -> None:
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


def _table(arrays: Mapping[str, np.ndarray]) -> pa.Table:
    for name, array in arrays.items():
        if array.dtype.kind not in "biuf":
            raise TypeError(f"{name} is of type {array.dtype}; only numbers are written as arrays")
    return pa.table(
        {
            "name": pa.array(arrays, pa.string()),
            "dtype": pa.array([array.dtype.str for array in arrays.values()], pa.string()),
            "shape": pa.array([list(array.shape) for array in arrays.values()], pa.list_(pa.int64())),
            "data": pa.array([array.tobytes() for array in arrays.values()], pa.large_binary()),
        }
    )


def pack(told: object, arrays: Mapping[str, np.ndarray]) -> bytes:
    """Arrays, and facts that JSON can hold, as bytes for `unpack`.

    Parameters
    ----------
    told : object
    arrays : mapping of str to array
        None of the name ``told``.

    Examples
    --------
    >>> told, arrays = unpack(pack({"classes": [0, 1]}, {"k": np.array(2)}))
    >>> told, arrays["k"].tolist()
    ({'classes': [0, 1]}, 2)
    """
    return dumps({**arrays, TOLD: np.frombuffer(json.dumps(told).encode(), "uint8")})


def unpack(data: bytes) -> tuple[Any, dict[str, np.ndarray]]:
    """Facts and arrays of the bytes of `pack`.

    Raises
    ------
    pyarrow.ArrowInvalid, EOFError, KeyError, TypeError
        The bytes are damaged, or hold no arrays.
    """
    arrays = loads(data)
    return json.loads(arrays.pop(TOLD).tobytes()), arrays


def load_arrays(path: Path) -> dict[str, np.ndarray]:
    """Read them again.

    Parameters
    ----------
    path : Path

    Raises
    ------
    ValueError
        The file is damaged, or holds no arrays.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     save_arrays(Path(folder) / "a.arrow", {"centres": np.eye(2), "k": np.array(2)})
    ...     {name: array.shape for name, array in load_arrays(Path(folder) / "a.arrow").items()}
    {'centres': (2, 2), 'k': ()}
    """
    with reading(path, "a whole file of arrays", KeyError, TypeError), pa.OSFile(str(path)) as source:
        return _read(source)


def loads(data: bytes) -> dict[str, np.ndarray]:
    """Arrays of the bytes of `dumps`.

    Raises
    ------
    pyarrow.ArrowInvalid, EOFError, KeyError, TypeError
        The bytes are damaged, or hold no arrays.

    Examples
    --------
    >>> loads(dumps({"k": np.array(2)}))["k"].tolist()
    2
    """
    return _read(pa.BufferReader(data))


def _read(source: pa.NativeFile) -> dict[str, np.ndarray]:
    rows = pa.ipc.open_file(source).read_all().to_pylist()
    return {row["name"]: _array(row["dtype"], row["shape"], row["data"]) for row in rows}


def _array(dtype: str, shape: list[int], data: bytes) -> np.ndarray:
    kind = np.dtype(dtype)
    if kind.kind not in "biuf" or len(data) != kind.itemsize * int(np.prod(shape)):
        raise EOFError(f"an array of {dtype} and shape {shape} has {len(data)} bytes")
    return np.frombuffer(data, kind).reshape(shape).copy()
