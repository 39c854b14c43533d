"""Tensor algebra by us and by others, a part at a time: ``python -m benchmarks.tensors --layouts``.

See `harness.run_part` for what a part is and how to add one.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import harness

Row = dict[str, Any]
PARTS = {
    "layouts": "benchmarks.tensors.layouts",
    "savings": "benchmarks.tensors.savings",
    "layers": "benchmarks.tensors.layers",
    "heads": "benchmarks.tensors.heads",
    "compress": "benchmarks.tensors.compress",
    "decompositions": "benchmarks.tensors.decompositions",
    "completion": "benchmarks.tensors.completion",
}
"""Modules of the parts by the option that asks for each."""


@dataclass(frozen=True)
class Config:
    """Tensor algebra beside its peers."""

    layouts: bool = False
    """The 36 layouts of a product of a third-order and a second-order tensor, beside torch.einsum."""
    savings: bool = False
    """What published networks save by layers in factors, before anything is trained, as JSON."""
    layers: bool = False
    """Times of tensor regression layers beside TensorLy-Torch's and torch.nn.Linear."""
    heads: bool = False
    """Small heads of a network on MNIST and on scikit-learn's digits, several seeds each."""
    compress: bool = False
    """A small ResNet that learnt MNIST, with fewer parameters: accuracy and times."""
    decompositions: bool = False
    """Tucker, CP and tensor trains beside TensorLy's, one tensor or a thousand."""
    completion: bool = False
    """Missing entries of a week of traffic, whose ``los_speed.csv`` is in ``--data``."""
    sizes: tuple[int, ...] = ()
    """Sizes of the modes; a part has its own by default."""
    repeat: int = 0
    """Rounds; a part has its own number by default."""
    threads: int = 1
    """Threads of each process."""
    seed: int = 0
    """Seed of the tensors."""
    data: Path = Path("data/benchmark")
    """Directory of generated or unpacked data; kept for the next run."""
    out: Path | None = None
    """JSON file to write."""


def main(config: Config) -> list[Row]:
    """Run the one part that is asked for; returns its ratios."""
    return harness.run_part(PARTS, config)
