"""What a step with renderings costs beside a supervised one of the same network and images, and its memory.

``python -m benchmarks.rendering --cost``. Both see the same number of images: a step of NRM with 50 labelled
and 50 unlabelled ones, beside a supervised one with 100 labelled. Steps take turns; medians are told.
"""

import time
from collections.abc import Callable
from statistics import median

import torch

from benchmarks import harness
from benchmarks.rendering.mnist import small
from benchmarks.rendering.run import Config, Row
from etl.engine.types import Tensor
from models.rendering.batches import LAYOUTS
from models.rendering.networks import conv_small
from models.rendering.objectives import METHODS, Batch, Method, terms_of, weighted
from models.rendering.saved import Make
from pipelines import provenance

SHAPES: dict[str, tuple[Make, tuple[int, int, int]]] = {
    "32-64-64, 1 x 14 x 14": (small, (1, 14, 14)),
    "ConvSmall, 1 x 28 x 28": (conv_small, (1, 28, 28)),
    "ConvSmall, 3 x 32 x 32": (conv_small, (3, 32, 32)),
}
IMAGES, TURNS = 100, 7


def main(config: Config) -> list[Row]:
    """Measure each network, method and layout; returns a row each."""
    torch.set_num_threads(1)
    rows = [row for name in SHAPES for row in _measured(name)]
    for row in rows:
        print(row, flush=True)
    if config.out:
        peak = provenance.peak_mb()
        harness.write(config.out, rows, versions={"torch": torch.__version__}, peak_mb=peak)
    return rows


def _measured(name: str) -> list[Row]:
    methods: tuple[Method, ...] = ("supervised", "nrm")
    steps = {(method, layout): step(name, method, layout) for method in methods for layout in LAYOUTS}
    seconds: dict[tuple[Method, str], list[float]] = {key: [] for key in steps}
    for turn in range(TURNS + 1):
        for key, each in steps.items():
            before = time.process_time()
            each()
            if turn:
                seconds[key].append(time.process_time() - before)
    found = {key: median(each) for key, each in seconds.items()}
    least = min(found["supervised", layout] for layout in LAYOUTS)
    return [
        {
            "network": name,
            "method": method,
            "layout": layout,
            "cpu_ms": round(1e3 * each, 2),
            "of_supervised": round(each / found["supervised", layout], 2),
            "of_fastest_supervised": round(each / least, 2),
            "kept_mb": round(kept(steps[method, layout]) / 2**20, 1),
        }
        for (method, layout), each in found.items()
    ]


def step(name: str, method: Method, layout: str) -> Callable[[], Tensor]:
    """A step without the optimiser: the loss and its gradients.

    Parameters
    ----------
    name : str
        Of `SHAPES`.
    method : {"supervised", "nrm"}
    layout : {"contiguous", "channels_last"}
    """
    make, shape = SHAPES[name]
    torch.manual_seed(0)
    weights, laid = METHODS[method], LAYOUTS[layout]
    network = make(shape[0], 10, shape[1]).to(memory_format=laid)
    images = torch.rand(IMAGES, *shape).contiguous(memory_format=laid)
    half = IMAGES // 2 if weights.unlabelled else IMAGES
    targets = torch.eye(10)[torch.arange(half) % 10]
    batch = Batch(images[:half], targets, images[half:] if weights.unlabelled else None)

    def run() -> Tensor:
        network.zero_grad()
        loss = weighted(terms_of(network, batch, weights), weights, 1.0)
        loss.backward()
        return loss

    return run


def kept(run: Callable[[], Tensor]) -> int:
    """Bytes of tensors that a step keeps for its way back.

    Parameters
    ----------
    run : callable
    """
    held: dict[int, int] = {}

    def pack(x: Tensor) -> Tensor:
        held[x.untyped_storage().data_ptr()] = x.untyped_storage().nbytes()
        return x

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda x: x):
        run()
    return sum(held.values())
