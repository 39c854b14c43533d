"""Programs of equations, a part at a time: ``python -m benchmarks.programs --corpus``.

See `harness.run_part` for what a part is and how to add one.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import harness

Row = dict[str, Any]
PARTS = {
    name: f"benchmarks.programs.{name}"
    for name in ("corpus", "batching", "split", "depths", "completion", "evaluations", "rates")
}
"""Modules of the parts by the option that asks for each."""


@dataclass(frozen=True)
class Config:
    """Equations certified, judged by networks, completed."""

    corpus: bool = False
    """The corpus of neural programs read, printed and certified; a million generated equations certified."""
    batching: bool = False
    """A step over shared subtrees, level by level, beside one node by node."""
    split: bool = False
    """Accuracy on the corpus's own split, by network."""
    depths: bool = False
    """Accuracy at depths that were not learnt from, by network."""
    completion: bool = False
    """Blanks filled: how often, and how fast, by how candidates are found."""
    evaluations: bool = False
    """Errors of values of functions, by what was learnt from."""
    rates: bool = False
    """Nodes and equations a second on the device that is there."""
    data: Path = Path("../shared/data/rendering_programs_lander")
    """Folder with neuralMath and recursiveMemNet in it."""
    scratch: Path | None = None
    """Folder where each row is kept as it is made; rows that are there are not made again."""
    variants: tuple[str, ...] = ()
    """Rows to make; all by default."""
    seeds: int = 5
    """Trainings of each variant."""
    epochs: int = 40
    """Of each training."""
    count: int = 1_000_000
    """Equations that are generated for the corpus."""
    workers: int = 1
    """Trainings at a time, of a thread each."""
    seed: int = 0
    """The first of several."""
    out: Path | None = None
    """JSON file to write."""


def main(config: Config) -> list[Row]:
    """Run the one part that is asked for; returns its rows."""
    return harness.run_part(PARTS, config)
