"""Tensor regression layers beside TensorLy-Torch's and ``torch.nn.Linear``: CPU seconds in turns."""

import statistics
import time
import warnings
from collections.abc import Callable

import torch
from torch import nn

from benchmarks import harness
from benchmarks.tensors.run import Config, Row
from models.tensors.layers.trl import TRL

CASES = (((512, 7, 7), (64, 3, 3, 100)), ((2048, 7, 7), (200, 1, 1, 200)))
CLASSES, BATCH, ROUNDS = 1000, 16, 5
OWN, PEER, LINEAR = "ours", "tltorch", "torch.nn.Linear"
TIMES = {OWN: 5, LINEAR: 2, PEER: 1}
"""Calls of each in a round: the faster, the more."""
LIMIT = 1e-5


def main(config: Config) -> list[Row]:
    """Compare the results, then time both passes; returns a case and a pass a row, with ratios."""
    torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    rows = []
    for shape, rank in CASES:
        layers, x = _layers(shape, rank), torch.randn(BATCH, *shape)
        error = _checked(layers, x)
        for name, work in (("forward", _forward), ("forward and backward", _both)):
            times = _times(layers, x, work, config.repeat or ROUNDS)
            ratios = {f"{other} / {OWN}": times[other] / times[OWN] for other in (PEER, LINEAR)}
            rows.append({"input": shape, "rank": rank, "pass": name, "relative_error": error})
            rows[-1] |= {"cpu_s": times, "ratios": ratios}
            print(rows[-1], flush=True)
    if config.out:
        harness.write(config.out, rows, versions={"torch": torch.__version__})
    return rows


def _layers(shape: tuple[int, ...], rank: tuple[int, ...]) -> dict[str, nn.Module]:
    """The three, of the same weight."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from tltorch import TRL as Peer
    own = TRL(shape, (CLASSES,), rank)
    peer = Peer(shape, (CLASSES,), bias=True, rank=rank, factorization="tucker")
    peer.load_state_dict(own.state_dict())
    return {OWN: own, LINEAR: nn.Sequential(nn.Flatten(), own.dense()), PEER: peer}


def _checked(layers: dict[str, nn.Module], x: torch.Tensor) -> float:
    """Our relative difference from the dense layer of the rebuilt weight in float64."""
    with torch.no_grad():
        dense = layers[LINEAR][1]
        wanted = nn.functional.linear(x.flatten(1).double(), dense.weight.double(), dense.bias.double())
        found = {name: layer(x).double() for name, layer in layers.items()}
    errors = {name: float((each - wanted).norm() / wanted.norm()) for name, each in found.items()}
    if wrong := {name: error for name, error in errors.items() if not error < LIMIT}:
        raise ValueError(f"results differ from those of the dense layer: {wrong}")
    return errors[OWN]


def _forward(layer: nn.Module, x: torch.Tensor) -> None:
    with torch.no_grad():
        layer(x)


def _both(layer: nn.Module, x: torch.Tensor) -> None:
    layer.zero_grad()
    layer(x).sum().backward()


def _times(
    layers: dict[str, nn.Module], x: torch.Tensor, work: Callable[..., None], rounds: int
) -> dict[str, float]:
    """Median CPU seconds of each, in turns; the first round only warms."""
    found: dict[str, list[float]] = {name: [] for name in layers}
    for turn in range(rounds + 1):
        for name, layer in layers.items():
            for _ in range(TIMES[name]):
                before = time.process_time()
                work(layer, x)
                found[name] += [time.process_time() - before] if turn else []
    return {name: statistics.median(times) for name, times in found.items()}
