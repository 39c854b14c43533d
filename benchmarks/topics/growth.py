"""How the cost of our topics grows with documents, read from disk in pieces, and with topics."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import harness
from benchmarks.topics import data
from benchmarks.topics.data import Corpus
from benchmarks.topics.systems import SYSTEMS
from etl.text.simulate import Design

Row = dict[str, Any]
DESIGN = Design(words=10_000, topics=20, alpha0=1.0, length=100)
SET = "arxiv-100k"
STOP = SYSTEMS["ours"].stop
TOPICS = (5, 10, 20, 50, 100, 200)


def documents(sizes: tuple[int, ...], scratch: Path, threads: int, design: Design = DESIGN) -> list[Row]:
    """Cost of a fit with the defaults on drawn documents; drawing them is not timed."""
    rows = []
    for size in sizes:
        folder = scratch / f"growth-{size}"
        counts = data.spool(size, design, folder)
        place = {"grows": "documents", "documents": size, "counts": counts, "k": design.topics}
        rows.append(_row("topics.pieces", folder, place, threads, {}))
        shutil.rmtree(folder)
    return rows


def topics(corpus: Corpus, threads: int, sizes: tuple[int, ...] = TOPICS) -> list[Row]:
    """Cost of a fit with the defaults on one corpus, held in memory, for growing numbers of topics."""
    train = corpus.train
    rows = []
    for k in sizes:
        place = {"grows": "topics", "documents": train.shape[0], "counts": train.nnz, "k": k}
        rows.append(_row("topics.ours", corpus.folder, place, threads, {"stops": [STOP], "start": "auto"}))
    return rows


def _row(system: str, folder: Path, place: Row, threads: int, options: Row) -> Row:
    with tempfile.TemporaryDirectory(dir=folder.parent) as out:
        request = {"data": str(folder), "threads": threads, "k": place["k"], "seed": 0, "out": out}
        (cost,) = harness.measure(system, request | options)["digest"]["rows"]
    costs = {name: round(cost[name], 3) for name in ("cpu_s", "wall_s", "peak_mb")}
    row = place | costs | {"stages": {name: round(value, 3) for name, value in cost["stages"].items()}}
    costs_told = f"{row['cpu_s']:7.1f} core-s  {row['peak_mb']:6,} MB"
    print(f"{row['documents']:>9,} documents  k {row['k']:>3}  {costs_told}", flush=True)
    return row
