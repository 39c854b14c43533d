"""Synthetic loan files in both real layouts, of any size, with the traps of the real ones.

``python -m etl.mortgage.generate --rows 1_000_000 --out data/mortgage``

Histories come from `etl.mortgage.simulate`, files from `etl.mortgage.generate_write`; this module decides how
many rows a quarter gets. A file appears under its name only when it is whole, and ``manifest.json`` names
every file of a call from before the first is written, so that the next call can clear what a killed one left.
"""

import json
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Literal

import numpy as np
import tyro

from etl.machine import cores, deaf_children, end_with_parent
from etl.mortgage.generate_write import QUARTERS, Task, month_of, partial, write

FEW = 200_000
"""Rows that are written sooner than a process starts."""


@dataclass(frozen=True)
class Config:
    """Write synthetic loan files."""

    rows: int = 1_000_000
    """Number of loan months, met to within one loan a quarter."""
    out: Path = Path("data/mortgage")
    """Directory to write to; files of an earlier call are replaced."""
    layout: Literal["combined", "old"] = "combined"
    """combined: one file a quarter; old: a pair of Acquisition and Performance files a quarter."""
    seed: int = 0
    """Seed; the same seed gives the same bytes, whatever the number of workers."""
    fields: Literal[108, 113] = 108
    """Number of fields in a line of the combined layout."""
    workers: int = 0
    """Processes; 0 takes all cores, or only this process where there is little to write."""
    quarters: tuple[str, ...] = ()
    """Quarters of origination, such as 2017Q1; empty spreads them over 2012 to 2019."""


def generate(
    out: Path,
    rows: int,
    layout: Literal["combined", "old"] = "combined",
    seed: int = 0,
    workers: int = 0,
    fields: Literal[108, 113] = 108,
    quarters: tuple[str, ...] = (),
) -> list[Path]:
    """Write synthetic loan files.

    Parameters
    ----------
    out : Path
        Directory to write to; files that it holds from another call are replaced.
    rows, layout, seed, workers, fields, quarters
        See `Config`.

    Returns
    -------
    list of Path
        The files, in order of quarter.

    Raises
    ------
    ValueError
        Less than one row is asked for, a quarter is not one of 2012Q1 to 2019Q4, or the directory's manifest
        is damaged.
    OSError
        The disk is full.
    """
    if rows < 1:
        raise ValueError(f"rows is {rows}; at least 1 must be asked for")
    months = sorted({month_of(quarter) for quarter in quarters}) or _spread(rows)
    asked = {"rows": rows, "layout": layout, "seed": seed, "fields": fields, "months": months}
    manifest = out / "manifest.json"
    held = _held(manifest)
    if held.get("asked") == asked and all(_size(out / name) == size for name, size in held["files"].items()):
        print(f"{out} already holds these {len(held['files'])} files", flush=True)
        return [out / name for name in held["files"]]
    tasks = [Task(out, month, -(-rows // len(months)), layout, seed, fields) for month in months]
    _clear(out, manifest, [*held.get("files", {}), *(name for task in tasks for name in task.names)])
    files: list[Path] = []
    for paths, count in _run(tasks, workers or (1 if rows <= FEW else cores())):
        files += paths
        print(f"{paths[-1].name}: {count:,} rows", flush=True)
    _save(manifest, {"asked": asked, "files": {path.name: _size(path) for path in files}})
    return files


def _run(tasks: list[Task], workers: int) -> Iterator[tuple[list[Path], int]]:
    """Write the tasks' files, here or in processes; results in the tasks' order."""
    if min(workers, len(tasks)) == 1:
        yield from map(write, tasks)
        return
    with ProcessPoolExecutor(
        min(workers, len(tasks)), get_context("spawn"), initializer=end_with_parent
    ) as pool:
        with deaf_children():
            written = pool.map(write, tasks)
        yield from written


def _held(manifest: Path) -> dict:
    if not manifest.exists():
        return {}
    try:
        return json.loads(manifest.read_text())
    except ValueError as error:
        raise ValueError(
            f"{manifest} is damaged ({error}); delete {manifest.parent} or pass another --out"
        ) from error


def _save(manifest: Path, content: dict) -> None:
    part = partial(manifest)
    part.write_text(json.dumps(content, indent=1) + "\n")
    part.rename(manifest)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else -1


def _clear(out: Path, manifest: Path, names: list[str]) -> None:
    """Remove these files and their unfinished copies; the manifest names them until the call is done."""
    out.mkdir(parents=True, exist_ok=True)
    _save(manifest, {"asked": None, "files": dict.fromkeys(names, -1)})
    for name in names:
        (out / name).unlink(missing_ok=True)
        partial(out / name).unlink(missing_ok=True)


def _spread(rows: int) -> list[int]:
    """First months of as many quarters as this many rows deserve."""
    count = int(np.clip(rows // 50_000, 2, len(QUARTERS)))
    return [QUARTERS[i * len(QUARTERS) // count] for i in range(count)]


if __name__ == "__main__":
    config = tyro.cli(Config, prog="python -m etl.mortgage.generate")
    generate(**asdict(config))
    print(config.out)
