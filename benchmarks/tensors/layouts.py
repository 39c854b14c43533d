"""The 36 layouts of a product of a second-order and a third-order tensor over one mode.

Source: Shi, Niranjan, Anandkumar and Cecka, "Tensor contractions with extended BLAS kernels on CPU and GPU",
HiPC 2016, table 2: the output has modes m, n, p, the matrix has m, the third-order tensor n and p, both have
k; 3 orders of the output, 6 of the tensor and 2 of the matrix. The other orders of the output are these with
n and p exchanged.
"""

from functools import partial
from itertools import permutations, product

import torch

from benchmarks import harness
from benchmarks.tensors.copies import copies_of
from benchmarks.tensors.run import Config, Row


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
    """Count copies of the third-order tensor; returns them, a layout a row."""
    rows = []
    for equation in equations():
        matrix, tensor = operands(config.seed)
        rows.append(
            {
                "equation": equation,
                "einsum_copies": copies_of(tensor, partial(torch.einsum, equation, matrix, tensor)),
            }
        )
        print(rows[-1], flush=True)
    if config.out:
        harness.write(config.out, rows, versions={"torch": torch.__version__})
    return rows


def operands(seed: int, size: int = 8) -> tuple[torch.Tensor, torch.Tensor]:
    """A matrix and a third-order tensor of normal numbers in float64; every mode is of one size."""
    made = torch.Generator().manual_seed(seed)
    return tuple(
        torch.randn(*shape, dtype=torch.float64, generator=made) for shape in ((size,) * 2, (size,) * 3)
    )
