"""The 36 layouts of a product of a second-order and a third-order tensor over one mode.

Source: Shi, Niranjan, Anandkumar and Cecka, "Tensor contractions with extended BLAS kernels on CPU and GPU",
HiPC 2016, table 2: the output has modes m, n, p, the matrix has m, the third-order tensor n and p, both have
k; 3 orders of the output, 6 of the tensor and 2 of the matrix. The other orders of the output are these with
n and p exchanged.

`torch.einsum` returns any layout: it is compared with ours of a free layout, and followed by ``contiguous()``
with ours in the order of the modes. A call may take microseconds, so that both take turns call by call in
one process, and CPU time of the calling thread is taken.
"""

import statistics
import time
from collections.abc import Callable
from functools import partial
from itertools import permutations, product

import torch

from benchmarks import harness
from benchmarks.tensors.copies import copies_of
from benchmarks.tensors.run import Config, Row
from models.tensors.contract import Layout, contract

SIZES = (32, 64, 128, 256)
WORK = 1 << 30
"""Multiplications of all turns of a small size together; of a large one there are `TURNS` turns."""
TURNS, MOST = 1, 301
LAYOUTS: tuple[Layout, ...] = ("free", "C")
Work = Callable[[], torch.Tensor]


def equations() -> list[str]:
    """The 36, the matrix first.

    Examples
    --------
    >>> len(set(equations())), equations()[0]
    (36, 'mk,knp->mnp')
    """
    tensors = ["".join(order) for order in permutations("knp")]
    return [f"{a},{b}->{c}" for c, b, a in product(("mnp", "nmp", "npm"), tensors, ("mk", "km"))]


def main(config: Config) -> list[Row]:
    """Measure all; returns medians and extremes of the ratios."""
    torch.set_num_threads(config.threads)
    results, ratios = list[Row](), list[Row]()
    for layout, size in product(LAYOUTS, config.sizes or SIZES):
        rows = [measured(config, equation, size, layout) for equation in equations()]
        results += rows
        ratios.append(summary(rows))
        print(ratios[-1], flush=True)
        if config.out:
            harness.write(config.out, results, ratios, versions={"torch": torch.__version__})
    return ratios


def measured(config: Config, equation: str, size: int, layout: Layout) -> Row:
    """Copies and CPU microseconds of one layout; results are compared before."""
    matrix, tensor = operands(config.seed, size)
    ours, theirs = works(equation, matrix, tensor, layout)
    agree(equation, ours(), theirs())
    unheld = matrix.to("meta"), tensor.to("meta")  # operators are dispatched there, and compute nothing
    copies = [copies_of(unheld[1], work) for work in works(equation, *unheld, layout)]
    turns = config.repeat or max(TURNS, min(MOST, WORK // size**4))
    costs = take_turns((ours, theirs), turns)
    row: Row = {"equation": equation, "size": size, "layout": layout, "turns": turns}
    row |= {"copies": copies[0], "einsum_copies": copies[1]}
    row |= {"cpu_us": round(costs[0], 1), "einsum_cpu_us": round(costs[1], 1)}
    return row | {"ratio": round(costs[1] / costs[0], 3)}


def works(equation: str, matrix: torch.Tensor, tensor: torch.Tensor, layout: Layout) -> tuple[Work, Work]:
    """Ours and torch.einsum's, whose outputs lie alike where the layout is not free."""
    ours = partial(contract, equation, matrix, tensor, layout=layout)
    theirs = partial(torch.einsum, equation, matrix, tensor)
    return ours, theirs if layout == "free" else lambda: theirs().contiguous()


def agree(equation: str, ours: torch.Tensor, theirs: torch.Tensor) -> None:
    """Compare results.

    Raises
    ------
    ValueError
        They differ by more than 1e-12 of the largest number.
    """
    far = float((ours - theirs).abs().max() / theirs.abs().max())
    if far > 1e-12:
        raise ValueError(f"contract and torch.einsum disagree about {equation}: by {far:.2g} of the largest")


def take_turns(contenders: tuple[Work, Work], turns: int) -> list[float]:
    """Median CPU microseconds of each; who is first changes by turn."""
    costs: list[list[int]] = [[], []]
    for turn in range(turns):
        for which in (0, 1) if turn % 2 else (1, 0):
            started = time.thread_time_ns()
            contenders[which]()
            costs[which].append(time.thread_time_ns() - started)
    return [statistics.median(each) / 1000 for each in costs]


def summary(rows: list[Row]) -> Row:
    """How many layouts have no copy of the third-order tensor, and the spread of einsum's time over ours."""
    ratios = [row["ratio"] for row in rows]
    return {
        "size": rows[0]["size"],
        "layout": rows[0]["layout"],
        "uncopied": sum(row["copies"] == 0 for row in rows),
        "einsum_uncopied": sum(row["einsum_copies"] == 0 for row in rows),
        "median": round(statistics.median(ratios), 3),
        "worst": min(ratios),
        "best": max(ratios),
    }


def operands(seed: int, size: int) -> tuple[torch.Tensor, torch.Tensor]:
    """A matrix and a third-order tensor of normal numbers in float64; every mode is of one size."""
    made = torch.Generator().manual_seed(seed)
    matrix, tensor = (torch.randn((size,) * order, dtype=torch.float64, generator=made) for order in (2, 3))
    return matrix, tensor
