"""Nodes a second through a Tree-LSTM, forward and backward, and equations a second through the certifier.

``python -m benchmarks.programs --rates``, on the GPU where there is one, else on one thread of the CPU. Nodes
of a batch are counted as they stand in its trees, and once each; the planning of a batch is timed by itself.
"""

import time
from collections.abc import Callable
from statistics import median

import numpy as np
import torch

from benchmarks import harness
from benchmarks.programs.run import Config, Row
from etl.engine import choose
from etl.engine.types import TorchDevice
from etl.equations.certify import DOUBLE, certify
from etl.equations.forest import Equations
from etl.equations.generate import generate
from etl.equations.sampling import COUNT, sample_points
from etl.equations.splits import subset
from etl.equations.trees import sizes
from models.programs.batches import Trees, sides
from models.programs.encoders import tree_lstm

BATCHES, TURNS = (4_096, 8_192, 16_384), 5


def main(config: Config) -> list[Row]:
    """Measure each batch, and the certifier; returns a row each."""
    torch.set_num_threads(1)
    equations = generate(max(BATCHES), config.seed, depths=(3, 8), log=lambda _: None)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    rows = [network(subset(equations, np.arange(size)), device) for size in BATCHES]
    rows.append(certifier(equations))
    for row in rows:
        print(row, flush=True)
    if config.out:
        harness.write(config.out, rows, versions={"torch": torch.__version__})
    return rows


def network(equations: Equations, device: TorchDevice) -> Row:
    """Rates of a step over a batch.

    Parameters
    ----------
    equations : Equations
    device : torch.device
    """
    trees, pairs = Trees(equations.forest), sides(equations)
    model = tree_lstm(len(equations.forest.symbols)).to(device)
    plan = trees.plan(pairs, device)

    def step() -> None:
        model.zero_grad()
        left, right = model(plan)[plan.roots]
        (left * right).sum().backward()
        if device.type == "cuda":
            torch.cuda.synchronize()

    seconds, planned = timed(step), timed(lambda: trees.plan(pairs, device))
    nodes = int(sizes(equations.forest)[pairs].sum())
    return {
        "what": "network",
        "device": device.type,
        "equations": len(equations),
        "nodes": nodes,
        "distinct": len(plan),
        "seconds": round(seconds, 5),
        "planning_s": round(planned, 5),
        "nodes_a_second": round(nodes / seconds),
        "distinct_a_second": round(len(plan) / seconds),
    }


def certifier(equations: Equations) -> Row:
    """Rate of verdicts by doubles, and in all digits.

    Parameters
    ----------
    equations : Equations
    """
    engine = choose("auto")
    points = engine.xp.asarray(sample_points(len(equations.forest.symbols), COUNT))
    doubles = timed(lambda: certify(equations, points=points, digits=DOUBLE), 3)
    whole = timed(lambda: certify(equations, points=points), 1)
    return {
        "what": "certifier",
        "device": engine.name,
        "equations": len(equations),
        "by_doubles_a_second": round(len(equations) / doubles),
        "in_all_digits_a_second": round(len(equations) / whole),
    }


def timed(work: Callable[[], object], turns: int = TURNS) -> float:
    """Median seconds, of the processor where there is no GPU; the first of several turns is left out.

    Parameters
    ----------
    work : callable
    turns : int
    """
    seconds = []
    clock = time.perf_counter if torch.cuda.is_available() else time.process_time
    for _ in range(turns + (turns > 1)):
        before = clock()
        work()
        seconds.append(clock() - before)
    return median(seconds[1:] or seconds)
