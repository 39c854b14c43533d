"""What a bridge costs: told by addresses, written to the run's ledger, and summed there."""

from collections.abc import Iterable
from typing import Any

from etl.engine import engine_of
from etl.engine.types import Array, Series, Tensor
from etl.records import Bridge, Record, of_kind, record


def address(array: Array | Tensor) -> int:
    """First byte's address of a NumPy or CuPy array or a torch tensor."""
    if hasattr(array, "data_ptr"):
        return int(array.data_ptr())
    if hasattr(array, "__cuda_array_interface__"):
        return int(array.__cuda_array_interface__["data"][0])
    return int(array.__array_interface__["data"][0])


def column_address(series: Series) -> int:
    """First byte's address of a column; on the CPU a copy is known by having another each time."""
    return address(series.to_numpy() if engine_of(series).name == "cpu" else series)


def copies_of(array: Array, series: Series) -> str:
    """Whether an array and a column share their memory: ``none`` or ``device``; of no rows nothing is copied.

    Parameters
    ----------
    array : array, shape (n,)
    series : Series, shape (n,)
    """
    return "none" if not len(array) or address(array) == column_address(series) else "device"


def note(source: str, target: str, size: int, copies: str) -> None:
    """Write a bridge to the run's ledger.

    Parameters
    ----------
    source, target : str
        Libraries, by the names of their modules.
    size : int
        Bytes that pass.
    copies : {"none", "device", "host"}
        See `etl.handoff`.
    """
    record(Bridge(source=source, target=target, bytes=int(size), copies=copies))


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
