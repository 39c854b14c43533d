"""Graphs by us and by NetworkX: ``python -m benchmarks.graph --out benchmarks/results/graph-cpu.json``.

Edges are made, the same for all. What each finds is compared before any time is printed. Where a GPU answers,
ours runs there too, by NetworkX's backend cuGraph; edges lie on the device before the clock starts.
"""

from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from benchmarks import harness
from benchmarks.graph.peers.networkx import OPERATIONS
from etl.engine import devices

Row = dict[str, Any]
TOLERANCE = 1e-7
"""Of sums of results; PageRank on a GPU is compared to 1e-4, since it stops by float32 there."""


@dataclass(frozen=True)
class Config:
    """Time graphs beside NetworkX."""

    sizes: tuple[int, ...] = (10_000, 100_000, 1_000_000)
    """Numbers of edges."""
    operations: tuple[str, ...] = ("build", *OPERATIONS)
    """Operations to time."""
    repeat: int = 3
    """Rounds; medians are reported."""
    seed: int = 0
    """Seed of the edges."""
    out: Path | None = None
    """JSON file to write, again after each size."""


def main(config: Config) -> list[Row]:
    """Measure all; returns the ratios."""
    count, why = devices()
    systems = [("graph.networkx", "cpu"), ("graph.ours", "cpu"), *([("graph.ours", "gpu")] if count else [])]
    print(why if count else f"no GPU: {why}; SciPy is compared with NetworkX", flush=True)
    results, ratios = list[Row](), list[Row]()
    for size, operation in product(config.sizes, config.operations):
        rows = measured(config, systems, size, operation)
        results, ratios = results + rows, ratios + compared(rows)
        if config.out:
            harness.write(config.out, results, ratios)
    return ratios


def measured(config: Config, systems: list[tuple[str, str]], size: int, operation: str) -> list[Row]:
    """Costs of each system, in turns.

    Raises
    ------
    ValueError
        They find different things.
    """
    contenders = {}
    for system, device in systems:
        data = {"size": size, "seed": config.seed, "device": device, "operation": operation}
        request = {"data": data, "threads": 1, "operation": operation}
        contenders[f"{system} on {device}"] = harness.Contender(system, request)
    loose = operation == "pagerank" and len(systems) > 2
    samples = harness.take_turns(contenders, config.repeat, tolerance=1e-4 if loose else TOLERANCE)
    return [
        {"system": system, "device": device, "size": size, "operation": operation}
        | harness.medians(samples[f"{system} on {device}"])
        for system, device in systems
    ]


def compared(rows: list[Row]) -> list[Row]:
    """NetworkX's costs over ours."""
    peer, *own = rows
    ratios = list[Row]()
    for row in own:
        place = {name: row[name] for name in ("size", "operation", "device")}
        ratio = {cost: float(f"{peer[f'{cost}_s'] / row[f'{cost}_s']:.3g}") for cost in ("cpu", "wall")}
        ratios.append(place | ratio)
        words = f"{row['wall_s']:.3f} s, NetworkX {peer['wall_s']:.3f} s, ratio {ratio['wall']:g}"
        print(f"{place['size']:>9,} {place['operation']:<15} {place['device']}: {words}", flush=True)
    return ratios
