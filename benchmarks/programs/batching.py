"""What a step costs over shared subtrees, level by level, beside one node by node.

``python -m benchmarks.programs --batching --data FOLDER``. Both take the same 512 equations, forward and
backward, with the planning of the batch counted; logits and gradients are compared first. Steps take turns,
and medians are told.
"""

import time
from collections.abc import Callable
from statistics import median

import numpy as np
import torch

from benchmarks import harness
from benchmarks.programs.data import symbolic
from benchmarks.programs.recursive import Recursive
from benchmarks.programs.run import Config, Row
from etl.engine.types import Tensor
from etl.equations.forest import Equations
from models.programs.batches import Trees, sides
from models.programs.encoders import TreeNetwork, tree_lstm

EQUATIONS, TURNS = 512, 5
CLOSE = 1e-5
"""Largest difference, relative to the largest number, of logits and gradients."""
Step = Callable[[], tuple[Tensor, list[Tensor]]]


def main(config: Config) -> list[Row]:
    """Compare, and measure; returns a row a way."""
    torch.set_num_threads(1)
    rows = measured(symbolic(config.data)[0], EQUATIONS, config.seed)
    for row in rows:
        print(row, flush=True)
    if config.out:
        harness.write(config.out, rows, versions={"torch": torch.__version__})
    return rows


def measured(equations: Equations, count: int, seed: int = 0, turns: int = TURNS) -> list[Row]:
    """A row a way of working out the same equations.

    Parameters
    ----------
    equations : Equations
    count : int
        Of them, drawn.
    seed, turns : int

    Raises
    ------
    ValueError
        Logits or gradients differ.
    """
    chosen = np.random.default_rng(seed).permutation(len(equations))[:count]
    torch.manual_seed(seed)
    network = tree_lstm(len(equations.forest.symbols)).eval()
    steps = {
        "node by node": by_node(network, equations, chosen),
        "batched": batched(network, equations, chosen),
    }
    difference = compared(steps)
    seconds: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(turns):
        for name, step in steps.items():
            before = time.process_time()
            step()
            seconds[name].append(time.process_time() - before)
    slow, fast = (median(seconds[name]) for name in steps)
    return [
        {"way": "node by node", "equations": len(chosen), "cpu_s": round(slow, 4)},
        {
            "way": "batched",
            "equations": len(chosen),
            "cpu_s": round(fast, 5),
            "times_less": round(slow / fast, 1),
            "difference": difference,
        },
    ]


def batched(network: TreeNetwork, equations: Equations, chosen: np.ndarray) -> Step:
    """A step over the distinct nodes of all equations."""
    trees, pairs = Trees(equations.forest), sides(equations)[:, chosen]

    def step() -> tuple[Tensor, list[Tensor]]:
        network.zero_grad()
        plan = trees.plan(pairs)
        left, right = network(plan)[plan.roots]
        logits = (left * right).sum(1)
        logits.sum().backward()
        return logits, _gradients(network)

    return step


def by_node(network: TreeNetwork, equations: Equations, chosen: np.ndarray) -> Step:
    """A step over each node of each equation."""
    recursive = Recursive(network, equations.forest)

    def step() -> tuple[Tensor, list[Tensor]]:
        network.zero_grad()
        logits = torch.stack([recursive.logit(int(root)) for root in equations.roots[chosen]])
        logits.sum().backward()
        return logits, _gradients(network)

    return step


def _gradients(network: TreeNetwork) -> list[Tensor]:
    return [torch.zeros_like(p) if p.grad is None else p.grad.clone() for p in network.parameters()]


def compared(steps: dict[str, Step]) -> float:
    """Largest difference of logits and gradients, relative to the largest of each.

    Parameters
    ----------
    steps : dict of callable
        Two.

    Raises
    ------
    ValueError
        It is more than `CLOSE`.
    """
    (first, gradients), (other, others) = (step() for step in steps.values())
    pairs = [(first, other), *zip(gradients, others, strict=True)]
    gaps = [_gap(one.detach(), two.detach()) for one, two in pairs]
    if not max(gaps) < CLOSE:
        raise ValueError(f"{' and '.join(steps)} differ by {max(gaps):.1e}, more than {CLOSE}")
    return max(gaps)


def _gap(one: Tensor, two: Tensor) -> float:
    return float((one - two).abs().max() / one.abs().max().clamp(min=1e-9))
