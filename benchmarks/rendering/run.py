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
}
"""Modules of the parts by the option that asks for each."""


@dataclass(frozen=True)
class Config:
    """Networks that render what they see."""

    identities: bool = False
    """Largest differences of renderings from derivatives, of path scores from logits, and of a network from
    the best of all its switches, as JSON."""
    seed: int = 0
    """Seed of weights and images."""
    out: Path | None = None
    """JSON file to write."""


def main(config: Config) -> list[Row]:
    """Run the one part that is asked for; returns its rows."""
    return harness.run_part(PARTS, config)
