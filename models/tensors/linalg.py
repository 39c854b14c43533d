"""Linear algebra of stacks of matrices, in which NumPy, CuPy and PyTorch differ.

Matrices are the last two axes, the axes before are a batch. In PyTorch nothing here that runs inside a sweep
asks the host: QR has no error to tell, and solving goes by the functions that do not look at theirs.
"""

from etl.engine.types import Array
from models.tensors.arrays import is_torch, namespace


def transposed(x: Array) -> Array:
    """Each matrix transposed, a view."""
    return x.swapaxes(-1, -2)


def stack_product(left: Array, right: Array) -> Array:
    """Products of two stacks of matrices; CuPy copies a stack of transposed matrices, and not a single one.

    Parameters
    ----------
    left, right : float arrays, shape (stack, n, m) and (stack, m, k)
    """
    if is_torch(left) or left.ndim != 3 or len(left) > 1 or len(right) > 1:
        return left @ right
    return (left[0] @ right[0])[None]


def gram(matrices: Array) -> Array:
    """Each matrix times its own transpose.

    NumPy hands that to BLAS's `syrk`, which for many small matrices takes longer than two products of halves.

    Parameters
    ----------
    matrices : float array, shape (stack, n, m)
    """
    turned, half = transposed(matrices), matrices.shape[1] // 2
    if namespace(matrices).__name__ != "numpy" or len(matrices) == 1 or not half:
        return stack_product(matrices, turned)
    halves = matrices[:, :half] @ turned, matrices[:, half:] @ turned
    return namespace(matrices).concatenate(halves, 1)


def has_gradient(x: Array) -> bool:
    """Whether PyTorch is to find derivatives through this array."""
    return is_torch(x) and x.requires_grad


def orthonormal(x: Array) -> Array:
    """Orthonormal columns that span those of tall matrices: Q of their QR.

    Parameters
    ----------
    x : float array, shape (..., n, r) with r <= n
    """
    return namespace(x).linalg.qr(x)[0]


def eigh(matrices: Array) -> tuple[Array, Array]:
    """Eigenvalues, descending, and eigenvectors of symmetric matrices.

    Derivatives are those of `models.tensors.derivatives`, finite where eigenvalues are equal.

    Parameters
    ----------
    matrices : float array, shape (..., n, n)
    """
    if has_gradient(matrices):
        from models.tensors.derivatives import StableEigh

        values, vectors = StableEigh.apply(matrices)
    elif not is_torch(matrices) and matrices.ndim == 3 and len(matrices) == 1:
        # CuPy takes a stack by Jacobi's rotations, for many small matrices, and one by a faster way.
        values, vectors = (each[None] for each in namespace(matrices).linalg.eigh(matrices[0]))
    else:
        values, vectors = namespace(matrices).linalg.eigh(matrices)
    back = slice(None, None, -1)
    if is_torch(matrices):
        return values.flip(-1), vectors.flip(-1)
    return values[..., back], vectors[..., back]


def left_singular(matrices: Array, accurate: bool = True) -> tuple[Array, Array]:
    """Squared singular values, descending, and left singular vectors, shapes (..., k) and (..., n, k).

    The accurate way takes R of a QR of a wide matrix first, so that the SVD is of a square one. The other
    takes eigenvectors of the Gram matrix: it is faster, and blind to singular values below the square root
    of the rounding error, 1e-8 of the largest in float64 and 3e-4 in float32. Derivatives go by that one.

    Parameters
    ----------
    matrices : float array, shape (..., n, m)
    """
    if not accurate or has_gradient(matrices):
        values, vectors = eigh(gram(matrices))
        return namespace(values).clip(values, 0, None), vectors
    xp = namespace(matrices)
    wide = matrices.shape[-1] > matrices.shape[-2]
    square = transposed(_triangular(transposed(matrices))) if wide else matrices
    vectors, values, _ = xp.linalg.svd(square, full_matrices=False)
    return values**2, vectors


def _triangular(tall: Array) -> Array:
    """R of the QR of tall matrices; Q is not made."""
    found = namespace(tall).linalg.qr(tall, mode="r")
    return found[1] if is_torch(tall) else found


def solve_positive(grams: Array, right: Array, ridge: float = 0.0) -> Array:
    """Solutions of positive semidefinite systems, with a ridge relative to the mean of the diagonal.

    Parameters
    ----------
    grams : float array, shape (..., r, r)
    right : float array, shape (..., r, n)
    ridge : float
        A few rounding errors are always added, so that a singular system has a solution too.
    """
    xp = namespace(grams)
    rank = grams.shape[-1]
    least = ridge + 4 * rank * float(xp.finfo(grams.dtype).eps)
    mean = xp.einsum("...rr->...", grams)[..., None, None] / rank
    tiny = float(xp.finfo(grams.dtype).tiny)
    ridged = grams + (least * mean + tiny) * identity(grams)
    if is_torch(grams):
        return xp.linalg.solve_ex(ridged, right).result
    return xp.linalg.solve(ridged, right)


def identity(like: Array) -> Array:
    """The unit matrix of the size, type and place of square matrices."""
    xp = namespace(like)
    place = {"device": like.device} if is_torch(like) else {}
    return xp.eye(like.shape[-1], dtype=like.dtype, **place)


def inverse(matrices: Array) -> Array:
    """Inverses of positive definite matrices.

    Parameters
    ----------
    matrices : float array, shape (..., n, n)
    """
    xp = namespace(matrices)
    return xp.linalg.inv_ex(matrices).inverse if is_torch(matrices) else xp.linalg.inv(matrices)
