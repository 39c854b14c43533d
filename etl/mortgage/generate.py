"""Synthetic loan files in both real layouts, of any size, with the traps of the real ones.

``python -m etl.mortgage.generate --rows 1_000_000 --out data/mortgage``

Histories come from `etl.mortgage.simulate`; this module decides how many, and writes a file a quarter. A file
appears under its name only when it is whole.
"""

import json
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Literal

import numpy as np
import tyro

from etl.mortgage import simulate, text

CHUNK = 4_000
"""Loans simulated at a time: what a worker holds does not grow with the file."""
FIRST_YEAR, LAST_YEAR = 2012, 2019
PAIR = ("Acquisition", "Performance")


@dataclass(frozen=True)
class Config:
    """Write synthetic loan files."""

    rows: int = 1_000_000
    """Loan months in all, met to within a few percent."""
    out: Path = Path("data/mortgage")
    """Directory to write to; files that it holds from another call of this are replaced."""
    layout: Literal["combined", "old"] = "combined"
    """One file a quarter with 108 or 113 fields, or a pair of 25 and 31."""
    seed: int = 0
    """The same seed gives the same bytes, whatever the number of workers."""
    fields: Literal[108, 113] = 108
    """Fields of a line of the combined layout."""
    workers: int = 0
    """Processes; 0 takes a core each."""


def generate(
    out: Path,
    rows: int,
    layout: Literal["combined", "old"] = "combined",
    seed: int = 0,
    workers: int = 0,
    fields: Literal[108, 113] = 108,
) -> list[Path]:
    """Write synthetic loan files; see `Config` for the parameters.

    Returns
    -------
    list of Path
        The files, in order of quarter.

    Raises
    ------
    ValueError
        Less than one row is asked for.
    """
    if rows < 1:
        raise ValueError(f"rows is {rows}; at least 1 must be asked for")
    asked = {"rows": rows, "layout": layout, "seed": seed, "fields": fields}
    manifest = out / "manifest.json"
    held = _held(manifest)
    if held.get("asked") == asked and all(_size(out / name) == size for name, size in held["files"].items()):
        print(f"{out} already holds these {len(held['files'])} files", flush=True)
        return [out / name for name in held["files"]]
    for name in held.get("files", {}):
        (out / name).unlink(missing_ok=True)
        (out / f".{name}.partial").unlink(missing_ok=True)
    out.mkdir(parents=True, exist_ok=True)
    tasks = [(out, quarter, loans, layout, seed, fields) for quarter, loans in _quarters(rows)]
    planned = [name for _, quarter, *_ in tasks for name in _names(quarter, layout)]
    # Before the first file, so that what a killed call leaves is known as its own and replaced by the next.
    _write_manifest(manifest, asked, dict.fromkeys(planned, -1))
    files: list[Path] = []
    with ProcessPoolExecutor(workers or os.cpu_count(), mp_context=get_context("spawn")) as pool:
        for paths, count in pool.map(_write, *zip(*tasks, strict=True)):
            files += paths
            print(f"{paths[-1].name}: {count:,} rows", flush=True)
    _write_manifest(manifest, asked, {path.name: path.stat().st_size for path in files})
    return files


def _write_manifest(path: Path, asked: dict[str, Any], files: dict[str, int]) -> None:
    path.write_text(json.dumps({"asked": asked, "files": files}, indent=1) + "\n")


def _names(quarter: int, layout: str) -> list[str]:
    name = f"{quarter // 12}Q{quarter % 12 // 3 + 1}"
    return [f"{name}.csv"] if layout == "combined" else [f"{kind}_{name}.txt" for kind in PAIR]


def _held(manifest: Path) -> dict:
    return json.loads(manifest.read_text()) if manifest.exists() else {}


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else -1


def _quarters(rows: int) -> list[tuple[int, int]]:
    """First months of the quarters to write, and how many loans each originates."""
    months = [year * 12 + 3 * q for year in range(FIRST_YEAR, LAST_YEAR + 1) for q in range(4)]
    count = int(np.clip(rows // 50_000, 2, len(months)))
    chosen = [months[i * len(months) // count] for i in range(count)]
    rng = np.random.default_rng(0)
    lives = [len(simulate.simulate(rng, simulate.draw(rng, 1000, m)).months["loan"]) / 1000 for m in chosen]
    return [(month, max(1, round(rows / count / life))) for month, life in zip(chosen, lives, strict=True)]


def _write(
    out: Path, quarter: int, loans: int, layout: Literal["combined", "old"], seed: int, fields: int
) -> tuple[list[Path], int]:
    """Write the file or pair of one quarter; returns the paths and the rows."""
    names = _names(quarter, layout)
    parts = [out / f".{name}.partial" for name in names]
    rows = 0
    try:
        with text.Writers(parts) as writers:
            for histories, ids in _chunks(quarter, loans, seed):
                rows += len(histories.months["loan"])
                rng = np.random.default_rng([seed, quarter, int(ids[0]) % 2**31, 1])
                tables = (
                    [text.combined(rng, histories, ids, fields)]
                    if layout == "combined"
                    else [text.acquisition(rng, histories, ids), text.performance(histories, ids)]
                )
                writers.write(tables)
        return [part.rename(out / name) for part, name in zip(parts, names, strict=True)], rows
    finally:
        for part in parts:
            part.unlink(missing_ok=True)


def _chunks(quarter: int, loans: int, seed: int) -> Iterator[tuple[simulate.Histories, np.ndarray]]:
    """Histories of a few thousand loans at a time, and their ids: 12 digits, rising, no two alike."""
    for begin in range(0, loans, CHUNK):
        rng = np.random.default_rng([seed, quarter, begin])
        count = min(CHUNK, loans - begin)
        steps = rng.integers(1, 40, count).cumsum()
        ids = 10**11 + (quarter - FIRST_YEAR * 12) * 9 * 10**9 + begin * 40 + steps
        yield simulate.simulate(rng, simulate.draw(rng, count, quarter)), ids


if __name__ == "__main__":
    config = tyro.cli(Config)
    generate(**asdict(config))
    print(config.out)
