"""Scores of a pool, and training of taggers, by us and by others: ``python -m benchmarks.active``.

Each scores the same made outputs and takes the best hundredth; what they chose is compared before any time is
printed. Taggers learn WNUT-17 for equal epochs in equal batches, on one thread. ``--peer-python`` runs
small-text, ALiPy and Flair from an environment of their own: one brings a package called tests, which hides
that of this repository, and another wants older libraries.
"""

import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import harness
from benchmarks.active import data as active_data
from benchmarks.active.peers.tagger import PAPER, SIZES
from benchmarks.active.systems import CASES, OTHER, OURS, compared, measure, shared

Row = dict[str, Any]
FLAIR = "BiLSTM-CRF, 128 hidden"
LIBRARIES = ("small-text", "alipy", "flair", "torch", "numpy")


@dataclass(frozen=True)
class Config:
    """Time active learning beside its peers."""

    sizes: tuple[int, ...] = (1_000, 10_000, 100_000)
    """Sizes of the pools, in sentences or rows."""
    repeat: int = 3
    """Rounds in a process, of a tenth of a second or more; medians are reported."""
    peers: tuple[str, ...] = ("active.loop", "active.small_text", "active.alipy")
    """Systems to compare with on pools."""
    peer_python: Path | None = None
    """Interpreter that has small-text, ALiPy and Flair; this one by default."""
    epochs: int = 5
    """Passes of the taggers; 0 trains none. The paper's network, there for its speed, makes one."""
    batch: int = 16
    """Sentences per training step; twice as many are decoded at a time."""
    most: int = 1_000_000
    """Largest number of sentences of WNUT-17."""
    flair: bool = True
    """Whether Flair takes part."""
    ner: Path = Path("../shared/data/ner")
    """Directory with wnut17/."""
    data: Path = Path("data/active")
    """Directory for generated files; kept for the next run."""
    seed: int = 0
    """Seed of the simulated outputs and of the taggers."""
    out: Path | None = None
    """JSON file to write."""


def main(config: Config) -> list[Row]:
    """Measure all; returns the ratios."""
    results, ratios = list[Row](), list[Row]()
    for size in config.sizes:
        for kind, cases in CASES.items():
            for case, most in cases.items():
                systems = [OURS, *(peer for peer in config.peers if most.get(peer, 0) >= size)]
                rows = pool_rows(config, size, kind, case, systems)
                results, ratios = results + rows, ratios + pool_ratios(rows)
        keep(config, results, ratios)
    for network in networks(config) if config.epochs else ():
        results.append(tagger_row(config, network))
        keep(config, results, ratios)
    return ratios


def pool_rows(config: Config, size: int, kind: str, case: str, systems: list[str]) -> list[Row]:
    """Costs of each system on one pool by one score."""
    path = active_data.pool(config.data, size, kind, config.seed)
    request: Row = {"data": str(path), "threads": 1, "case": case, "count": size // 100}
    request["turns"] = config.repeat
    samples = compared(systems, request, config.peer_python)
    best, rows = samples[OURS]["digest"], []
    for system, own in samples.items():
        cpu = statistics.median(own["digest"]["seconds"])
        rows.append({
            "system": system, "kind": kind, "case": case, "size": size, "cpu_s": float(f"{cpu:.4g}"),
            "items_s": round(size / cpu), "loaded_mb": own["loaded_mb"], "peak_mb": own["peak_mb"],
            "definition": OTHER.get((case, system), "ours"), "same": round(shared(best, own["digest"]), 4),
        })  # fmt: skip
        print(f"{kind:<9} {size:>7,} {case:<16} {system:<17} {size / cpu:>13,.0f}/core-s", flush=True)
    return rows


def pool_ratios(rows: list[Row]) -> list[Row]:
    """Core-seconds of each other system over ours on the same pool."""
    own, *others = rows
    place = {name: own[name] for name in ("kind", "case", "size")}
    return [
        place | {"system": row["system"], "cpu": float(f"{row['cpu_s'] / own['cpu_s']:.3g}")}
        for row in others
    ]


def networks(config: Config) -> list[tuple[str, str]]:
    """System and network of each tagger."""
    own = [("active.tagger", name) for name in SIZES]
    return [("active.flair", FLAIR), *own] if config.flair else own


def tagger_row(config: Config, network: tuple[str, str]) -> Row:
    """Speed and F1 of a tagger, trained once."""
    options: Row = {"network": network[1], "batch": config.batch, "most": config.most}
    options["epochs"] = 1 if network[1] == PAPER else config.epochs
    request = {"data": str(config.ner / "wnut17"), "threads": 1, "seed": config.seed} | options
    sample = measure(network[0], request, config.peer_python)
    row = {"system": network[0], "network": network[1]} | sample["digest"] | {"peak_mb": sample["peak_mb"]}
    print(row, flush=True)
    return row


def keep(config: Config, results: list[Row], ratios: list[Row]) -> None:
    """Write what there is so far."""
    if config.out:
        harness.write(config.out, results, ratios, **harness.peer_facts(config.peer_python, *LIBRARIES))
