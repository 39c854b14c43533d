"""Rendering models, a part at a time: ``python -m benchmarks.rendering --identities``.

See `harness.run_part` for what a part is and how to add one.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import harness

Row = dict[str, Any]
PARTS = {
    "identities": "benchmarks.rendering.identities",
    "terms": "benchmarks.rendering.terms",
    "crowd": "benchmarks.rendering.crowd",
    "cost": "benchmarks.rendering.cost",
    "active_paths": "benchmarks.rendering.active_paths",
    "gan": "benchmarks.rendering.gan",
}
"""Modules of the parts by the option that asks for each."""


@dataclass(frozen=True)
class Config:
    """Networks that render what they see."""

    identities: bool = False
    """Largest differences of renderings from derivatives, of path scores from logits, and of a network from
    the best of all its switches, as JSON."""
    active_paths: bool = False
    """Rendering paths that stay active with path normalisation and without, on scikit-learn's digits."""
    terms: bool = False
    """Errors on MNIST 14 x 14 with 100 labels: each term on and off, and rivals."""
    crowd: bool = False
    """The same learnt from votes of simulated workers: posteriors beside the majority's labels."""
    cost: bool = False
    """Seconds of a step with renderings over those of a supervised one, by layout in memory; memory."""
    gan: bool = False
    """Images made by class, from 1,000 labels: how many are of their class, and what is gained by them."""
    data: Path = Path("../shared/data/mnist")
    """Folder of MNIST's train.npz and test.npz."""
    scratch: Path | None = None
    """Folder where each row is kept as it is made; rows that are there are not made again."""
    variants: tuple[str, ...] = ()
    """Rows to make; all by default."""
    seeds: int = 3
    """Trainings of each variant."""
    steps: int = 1200
    """Batches of a training."""
    workers: int = 2
    """Trainings at a time, of a thread each."""
    seed: int = 0
    """Seed of weights and images; the first of several."""
    out: Path | None = None
    """JSON file to write."""


def main(config: Config) -> list[Row]:
    """Run the one part that is asked for; returns its rows."""
    return harness.run_part(PARTS, config)
