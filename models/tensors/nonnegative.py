"""CP decompositions with factors of no negative entry, a column at a time.

Source: Cichocki and Phan, "Fast local algorithms for large scale nonnegative matrix and tensor
factorizations", IEICE Trans. Fundamentals E92-A(3), 2009, algorithm 2 (HALS).
"""

from etl.engine.types import Array
from models.tensors.arrays import namespace
from models.tensors.cp import CPTensor, als, single, start_factors
from models.tensors.inputs import check_cp_rank, stacked
from models.tensors.linalg import transposed

PASSES = 2
"""Over the columns of a factor in one update."""


def non_negative_parafac(
    tensor: Array,
    rank: int,
    n_iter_max: int = 100,
    tol: float = 1e-6,
    *,
    init: str = "svd",
    random_state: int = 0,
    batch: bool = False,
) -> CPTensor:
    """A sum of rank-one tensors with factors of no negative entry.

    Parameters
    ----------
    tensor : float array, shape (n_1, ..., n_N), or with ``batch`` (tensors, n_1, ..., n_N)
    rank : int
    n_iter_max : int
    tol : float
        Change of the relative residual that ends the sweeps; 0 makes all of them.
    init : {"svd", "random"}
        Absolute values of the start of `models.tensors.cp.parafac`.
    random_state : int
    batch : bool
        Whether the first axis counts tensors, each of which is decomposed by itself.
    """
    x, _ = stacked(tensor, batch)
    start = [abs(each) for each in start_factors(x, check_cp_rank(rank), init, random_state)]
    found, _ = als(x, start, n_iter_max, tol, columnwise)
    return found if batch else single(found)


def columnwise(gram: Array, product: Array, old: Array, mode: int) -> Array:
    """A mode's next factor, shape (tensors, rank, n); see `models.tensors.cp.Solve`.

    Parameters
    ----------
    gram : float array, shape (tensors, rank, rank)
    product, old : float arrays, shape (tensors, rank, n)
    mode : int
    """
    return transposed(hals(gram[:, None], transposed(product), transposed(old)))


def hals(grams: Array, right: Array, rows: Array) -> Array:
    """Rows of no negative entry, nearer to the least squares, shape (tensors, n, rank).

    Parameters
    ----------
    grams : float array, shape (tensors, n or 1, rank, rank)
        Normal matrices of the rows.
    right, rows : float arrays, shape (tensors, n, rank)
        Right-hand sides, and the rows before.
    """
    xp = namespace(rows)
    columns = [rows[..., at] for at in range(rows.shape[-1])]
    least = float(xp.finfo(rows.dtype).tiny) ** 0.5
    for at in list(range(len(columns))) * PASSES:
        fitted = (grams[:, :, at] * xp.stack(columns, -1)).sum(-1)
        step = (right[..., at] - fitted) / xp.clip(grams[:, :, at, at], least, None)
        # A column of zeros would make the others' equations singular, and never come back.
        columns[at] = xp.clip(columns[at] + step, least, None)
    return xp.stack(columns, -1)
