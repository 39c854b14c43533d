"""The largest eigenvalues of a symmetric matrix of which only products are known: block Krylov.

Source: Musco and Musco, "Randomized block Krylov methods for stronger and faster approximate singular value
decomposition", NIPS 2015, algorithm 2, with Rayleigh-Ritz values, as an empirical second moment is
indefinite.
"""

from collections.abc import Callable

from etl.engine import array_namespace
from etl.engine.types import Array


def top(apply: Callable[[Array], Array], start: Array, count: int, passes: int) -> tuple[Array, Array]:
    """Largest algebraic eigenvalues and their vectors.

    Parameters
    ----------
    apply : function of an array (n, columns)
        The product with the matrix.
    start : array, shape (n, width)
        Random numbers; some columns more than ``count`` are needed.
    count : int
        Eigenvalues wanted.
    passes : int
        Products that are made with blocks of this width.

    Returns
    -------
    values : array of float64, shape (at most count,), descending
    vectors : array of start's dtype, shape (n, same)

    Examples
    --------
    >>> import numpy
    >>> A, rng = numpy.diag([9.0, 4.0, -5.0, *[0.1] * 40]), numpy.random.default_rng(0)
    >>> top(lambda Q: A @ Q, rng.normal(size=(43, 4)), 2, 5)[0].round(6)
    array([9., 4.])
    """
    xp = array_namespace(start)
    n, width = start.shape
    if n <= width * passes:
        basis = xp.eye(n, dtype=start.dtype)
        image = apply(basis)
    else:
        basis, image = _krylov(apply, start, passes)
    H = (basis.T @ image).astype("float64")
    values, rotation = xp.linalg.eigh((H + H.T) / 2)
    order = xp.argsort(-values)[:count]
    return values[order], basis @ rotation[:, order].astype(start.dtype)


def _krylov(apply: Callable[[Array], Array], start: Array, passes: int) -> tuple[Array, Array]:
    xp = array_namespace(start)
    block = orthonormal(apply(orthonormal(start)))
    blocks, images = [block], []
    for number in range(1, passes):
        images.append(apply(blocks[-1]))
        if number == passes - 1 or not images[-1].any():
            break
        block = images[-1]
        for _ in range(2):
            for earlier in blocks:
                block = block - earlier @ (earlier.T @ block)
        blocks.append(orthonormal(block))
    return xp.concatenate(blocks[: len(images)], axis=1), xp.concatenate(images, axis=1)


def orthonormal(Y: Array) -> Array:
    """Basis of the columns' span, by the eigenvectors of their Gram matrix: cheap where n is large."""
    xp = array_namespace(Y)
    for _ in range(2):
        G = (Y.T @ Y).astype("float64")
        values, vectors = xp.linalg.eigh(G)
        kept = values > 1e-10 * values[-1]
        Y = Y @ (vectors[:, kept] / xp.sqrt(values[kept])).astype(Y.dtype)
    return Y
