"""The 36 layouts of a product of a second-order and a third-order tensor over one mode.

Source: Shi, Niranjan, Anandkumar and Cecka, "Tensor contractions with extended BLAS kernels on CPU and GPU",
HiPC 2016, table 2: the output has modes m, n, p, the matrix has m, the third-order tensor n and p, both have
k; 3 orders of the output, 6 of the tensor and 2 of the matrix. The other orders of the output are these with
n and p exchanged.

`torch.einsum` returns any layout: it is compared with ours of a free layout, and followed by ``contiguous()``
with ours in the order of the modes. A call may take microseconds, so that both take turns call by call in
one process, and CPU time of the calling thread is taken. The costs by which `contract` chooses were measured
on tensors of `SIZES`, and in float32 on the first two of that type in `OTHERS`; the rest it had not seen.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import permutations, product
from math import prod

import torch

from benchmarks import harness
from benchmarks.tensors.copies import copies_of
from benchmarks.tensors.run import Config, Row
from models.tensors.contract import Layout, contract

SIZES = (32, 64, 128, 256)
WORK = 1 << 31
"""Multiplications of all turns of a small size together; of a large one there are `TURNS` turns."""
TURNS, MOST = 3, 301
WARM = (1 << 25) - (1 << 16)
"""Bytes that are taken and given back first, so that memory of small tensors is not new in each turn."""
LAYOUTS: tuple[Layout, ...] = ("free", "C")
Work = Callable[[], torch.Tensor]


@dataclass(frozen=True)
class Sizes:
    """Those of the modes m, k, n and p, and the type of the numbers."""

    modes: tuple[int, int, int, int]
    dtype: str = "float64"

    @property
    def name(self) -> str:
        """For tables: one number where all are that."""
        sizes = str(self.modes[0]) if len(set(self.modes)) == 1 else " x ".join(map(str, self.modes))
        return sizes if self.dtype == "float64" else f"{sizes}, {self.dtype}"


OTHERS = (
    Sizes((48, 200, 96, 40)),
    Sizes((17, 300, 64, 33)),
    Sizes((100, 24, 150, 70)),
    Sizes((64,) * 4, "float32"),
    Sizes((48, 200, 96, 40), "float32"),
    Sizes((80, 56, 40, 120), "float32"),
)
FAR = {"float64": 1e-12, "float32": 1e-4}
"""By so much of the largest number results may differ."""


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
    torch.empty(WARM, dtype=torch.uint8).fill_(1)
    every = [Sizes((size,) * 4) for size in config.sizes or SIZES]
    results, ratios = list[Row](), list[Row]()
    for layout, sizes in product(LAYOUTS, every if config.sizes else [*every, *OTHERS]):
        rows = [measured(config, equation, sizes, layout) for equation in equations()]
        results += rows
        ratios.append(summary(rows))
        print(ratios[-1], flush=True)
        if config.out:
            harness.write(config.out, results, ratios, versions={"torch": torch.__version__})
    return ratios


def measured(config: Config, equation: str, sizes: Sizes, layout: Layout) -> Row:
    """Copies and CPU microseconds of one layout; results are compared before."""
    matrix, tensor = operands(config.seed, equation, sizes)
    ours, theirs = works(equation, matrix, tensor, layout)
    agree(equation, ours(), theirs())
    unheld = matrix.to("meta"), tensor.to("meta")  # operators are dispatched there, and compute nothing
    copies = [copies_of(unheld[1], work) for work in works(equation, *unheld, layout)]
    turns = config.repeat or max(TURNS, min(MOST, WORK // prod(sizes.modes)))
    costs = take_turns((ours, theirs), turns)
    row: Row = {"equation": equation, "size": sizes.name, "layout": layout, "turns": turns}
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
        They differ by more than `FAR` of the largest number.
    """
    far = float((ours - theirs).abs().max() / theirs.abs().max())
    if far > FAR[str(ours.dtype).removeprefix("torch.")]:
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


def operands(seed: int, equation: str, sizes: Sizes) -> tuple[torch.Tensor, torch.Tensor]:
    """A matrix and a third-order tensor of normal numbers."""
    made = torch.Generator().manual_seed(seed)
    lengths = dict(zip("mknp", sizes.modes, strict=True))
    matrix, tensor = (
        torch.randn([lengths[mode] for mode in term], dtype=getattr(torch, sizes.dtype), generator=made)
        for term in equation.split("->")[0].split(",")
    )
    return matrix, tensor
