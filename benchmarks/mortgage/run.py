"""The mortgage ETL, from files to labelled rows with features, by us, DuckDB, Polars and the notebook.

``python -m benchmarks.mortgage --sizes 1_000_000 10_000_000 --threads 1 4``

Each system reads the same generated files in a process of its own, in turns; results are compared before any
time is printed. Core-seconds are user and system time of the process from after its imports.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from benchmarks import harness
from etl.mortgage import generate

PEERS = ("mortgage.duckdb_sql", "mortgage.polars_lazy")
NOTEBOOK_ROWS = 1_000_000
"""The notebook's steps are run on no more rows than this: twelve group-bys and merges are slow."""


@dataclass(frozen=True)
class Config:
    """Time the mortgage ETL beside its peers."""

    sizes: tuple[int, ...] = (1_000_000,)
    """Rows of the generated files."""
    threads: tuple[int, ...] = (1,)
    """Threads given to each system."""
    repeat: int = 3
    """Rounds; medians are reported."""
    label: Literal["default", "rapids"] = "default"
    """Label that every system computes; the notebook's steps take part in rapids only."""
    data: Path = Path("data/benchmark")
    """Directory for generated files, a folder for each size; kept for the next run."""
    seed: int = 0
    """Seed of the generated files."""
    out: Path | None = None
    """JSON file to write."""


def main(config: Config) -> list[dict[str, Any]]:
    """Measure all sizes and thread counts; returns the ratios."""
    results: list[dict[str, Any]] = []
    for size in config.sizes:
        folder = config.data / f"{size}"
        generate.generate(folder, rows=size, seed=config.seed)
        _warm(folder)
        for threads in config.threads:
            systems = ["mortgage.ours", *PEERS]
            if config.label == "rapids" and size <= NOTEBOOK_ROWS and threads == 1:
                systems.append("mortgage.notebook_pandas")
            request = {"data": str(folder), "threads": threads, "label": config.label}
            samples = harness.alternate(systems, request, config.repeat)
            found = [_row(system, size, threads, config.label, own) for system, own in samples.items()]
            print("\n".join(map(_line, found)), flush=True)
            results += found
    ratios = ratios_of(results)
    for ratio in ratios:
        where = f"{ratio['size']:,} rows, {ratio['threads']} threads"
        print(f"{where}: {ratio['cpu']:.2f} of the core-seconds of {ratio['best']}")
    if config.out:
        harness.write(config.out, results, ratios)
        print(config.out)
    return ratios


def _warm(folder: Path) -> None:
    """Read the files once, so that the disk is no part of what is measured."""
    for path in folder.glob("*.csv"):
        with path.open("rb") as file:
            while file.read(1 << 24):
                pass


def _row(system: str, size: int, threads: int, label: str, samples: list[harness.Sample]) -> dict[str, Any]:
    costs = harness.medians(samples)
    every = {name: [round(s[name], 3) for s in samples] for name in costs}
    counts = {"rows_out": samples[0]["digest"]["rows"], "positives": samples[0]["digest"]["label"]}
    facts = {"system": system, "size": size, "threads": threads, "label": label}
    return facts | {name: round(value, 3) for name, value in costs.items()} | counts | {"samples": every}


def _line(row: dict[str, Any]) -> str:
    per_million = row["cpu_s"] / row["size"] * 1e6
    return (
        f"{row['system']:<16} {row['size']:>12,} rows {row['threads']} threads  {row['cpu_s']:8.2f} core-s "
        f"({per_million:.2f} a million rows)  {row['wall_s']:8.2f} s  {row['peak_mb']:8,.0f} MB"
    )


def ratios_of(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Ours over the best peer at each size and number of threads, in core-seconds, wall time and memory."""
    ratios = []
    for own in (row for row in results if row["system"] == "mortgage.ours"):
        same = [
            r for r in results if (r["size"], r["threads"]) == (own["size"], own["threads"]) and r is not own
        ]
        best = {name: min(same, key=lambda r: r[name]) for name in ("cpu_s", "wall_s", "peak_mb")}
        ratios.append(
            {
                "size": own["size"],
                "threads": own["threads"],
                "label": own["label"],
                "best": best["cpu_s"]["system"],
                "best_wall": best["wall_s"]["system"],
                "cpu": round(own["cpu_s"] / best["cpu_s"]["cpu_s"], 3),
                "wall": round(own["wall_s"] / best["wall_s"]["wall_s"], 3),
                "memory": round(own["peak_mb"] / best["peak_mb"]["peak_mb"], 3),
                "each": {r["system"]: round(own["cpu_s"] / r["cpu_s"], 3) for r in same},
            }
        )
    return ratios
