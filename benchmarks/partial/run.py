"""Questions of partial feedback by one sort and by a heap: ``python -m benchmarks.partial``.

``python -m benchmarks.partial --items 100_000 --out benchmarks/results/partial-cpu.json``

Items of a simulated model are asked about over Tiny ImageNet's questions, in one round or until each class is
known. The questions of all systems are compared in their order before any time is printed.
"""

from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from benchmarks import harness
from benchmarks.partial.peers import pool

Row = dict[str, Any]
HEAP = "partial.heap"
OURS = "partial.ours"


@dataclass(frozen=True)
class Config:
    """Time the queue beside a heap."""

    items: tuple[int, ...] = (1_000, 10_000, 100_000)
    """Numbers of items in a pool."""
    variants: tuple[str, ...] = tuple(pool.VARIANTS)
    """Simulated models; benchmarks/partial/peers/pool.py describes them."""
    scores: tuple[str, ...] = ("eig", "edc", "erc")
    """Scores by which questions and items are chosen."""
    round: int = 30_000
    """Questions in a round; smaller pools have none."""
    threads: int = 4
    """Threads of ours, besides a run on one thread."""
    repeat: int = 3
    """Rounds; medians are reported."""
    hierarchy: Path = Path("../shared/data/hierarchy")
    """Folder of Tiny ImageNet's questions; without it, a generated tree of the same size is asked about."""
    data: Path = Path("data/partial")
    """Directory for generated pools; kept for the next run."""
    seed: int = 0
    """Seed of the pools."""
    out: Path | None = None
    """JSON file to write, again after each pool."""


def main(config: Config) -> list[Row]:
    """Measure all; returns the ratios."""
    results, ratios = list[Row](), list[Row]()
    for size, variant in product(config.items, config.variants):
        path = pool.make(config.data, config.hierarchy, size, variant, config.seed)
        for score, budget in product(config.scores, (config.round, None) if size > config.round else (None,)):
            place = {"size": size, "variant": variant, "score": score, "budget": budget}
            rows = measured(config, {"data": str(path), "score": score, "budget": budget}, place)
            results, ratios = results + rows, ratios + compared(rows)
        if config.out:
            harness.write(config.out, results, ratios)
    return ratios


def measured(config: Config, request: Row, place: Row) -> list[Row]:
    """Costs of the heap, and of ours on one thread and on several, in turns.

    Raises
    ------
    ValueError
        They ask other questions, or in another order.
    """
    contenders = {
        f"{system} on {threads}": harness.Contender(system, request | {"threads": threads})
        for system, threads in ((HEAP, 1), (OURS, 1), (OURS, config.threads))
    }
    samples = harness.take_turns(contenders, config.repeat, tolerance=0)
    asked = samples[f"{HEAP} on 1"][0]["digest"]["asked"]
    return [
        place
        | {"system": each.system, "threads": each.request["threads"], "asked": asked}
        | harness.medians(samples[name])
        for name, each in contenders.items()
    ]


def compared(rows: list[Row]) -> list[Row]:
    """The heap's costs over ours, on one thread and on several."""
    heap, *own = rows
    ratios = list[Row]()
    for row in own:
        place = {name: row[name] for name in ("size", "variant", "score", "budget", "threads")}
        ratio = {cost: float(f"{heap[f'{cost}_s'] / row[f'{cost}_s']:.3g}") for cost in ("cpu", "wall")}
        ratios.append(place | ratio)
        print(*(f"{name} {value}" for name, value in (place | ratio).items()), sep=", ", flush=True)
    return ratios
