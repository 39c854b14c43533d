"""Contractions of tensors without copies.

Source: Shi, Niranjan, Anandkumar and Cecka, "Tensor contractions with extended BLAS kernels on CPU and GPU",
HiPC 2016, arXiv 1606.05696. Each pair of tensors is one product of batches of matrices on views; see
`models.tensors.pairs`. The order of the pairs is opt_einsum's; see `models.tensors.plan`.
"""

import sys
from collections.abc import Callable, Sequence
from typing import Literal

from etl.engine.types import Array
from models.tensors.arrays import contiguous, is_torch, namespace
from models.tensors.execute import compiled
from models.tensors.explain import Explanation, explained
from models.tensors.plan import Plan, planned

Layout = Literal["C", "free"]
Run = Callable[[Sequence[Array]], Array]
_KNOWN: dict[object, tuple[Plan, Run]] = {}
KEPT = 4096
"""Plans that are kept; then all are dropped, and found again where they are needed."""


def contract(
    equation: str, *tensors: Array, explain: bool = False, layout: Layout = "C"
) -> Array | Explanation:
    """Sum products of tensors over the modes that the equation leaves out.

    Parameters
    ----------
    equation : str
        As `numpy.einsum` takes it: ``"ijk,kl->ijl"``, ``"ii"``, ``"...ij,...jk->...ik"``.
    *tensors : arrays
        All NumPy's, CuPy's or PyTorch's, of one dtype. Gradients pass through, and gradients of these.
    explain : bool
        Return what would be done, and do nothing.
    layout : {"C", "free"}
        How the output lies in memory: in the order of its modes, or as no copy needs it.

    Returns
    -------
    array or Explanation

    Raises
    ------
    ValueError
        The equation is not one of these tensors, or they are not of one dtype; says where.

    Notes
    -----
    Under `torch.compile` the graph holds `torch.einsum`, whose order is opt_einsum's too: there the compiler
    chooses layouts. One tensor alone, or a free layout of it, may come back as a view.

    Examples
    --------
    >>> import numpy
    >>> contract("ij,jk->ik", numpy.ones((2, 3)), numpy.ones((3, 4))).tolist()
    [[3.0, 3.0, 3.0, 3.0], [3.0, 3.0, 3.0, 3.0]]
    """
    torch = sys.modules.get("torch")
    if torch is None or not tensors or not isinstance(tensors[0], torch.Tensor):
        torch = None
    elif torch.compiler.is_compiling():
        found = torch.einsum(equation, *tensors)
        return found.contiguous() if layout == "C" else found
    try:
        if torch:
            key = (equation, layout, *[(x.shape, x.stride(), x.dtype) for x in tensors])
        else:
            key = (equation, layout, *[(type(x), x.shape, x.strides, x.dtype) for x in tensors])
    except AttributeError:
        _one_kind(tensors)
        raise
    plan, run = _KNOWN.get(key) or _learnt(key, equation, tensors, layout)
    if explain:
        return explained(plan, tensors[0].dtype.itemsize)
    if torch is None:
        return run(tensors)
    if tensors[0].dtype.is_complex:
        tensors = tuple(x.resolve_conj() for x in tensors)
    if not plan.empty and torch.is_grad_enabled() and any(x.requires_grad for x in tensors):
        from models.tensors.gradients import differentiable

        return differentiable(plan, tensors, contract)
    return run(tensors)


def _learnt(key: object, equation: str, tensors: Sequence[Array], layout: Layout) -> tuple[Plan, Run]:
    """Check the tensors, plan, and keep the plan."""
    if layout not in ("C", "free"):
        raise ValueError(f"layout {layout!r} is neither 'C' nor 'free'")
    if not tensors:
        raise ValueError(f"{equation!r} is given no tensor")
    _one_kind(tensors)
    like = tensors[0]
    shapes = [tuple(x.shape) for x in tensors]
    plan = planned(equation, shapes, [_strides(x) for x in tensors], layout == "C", like.dtype.itemsize)
    run = _empty(equation, like) if plan.empty else compiled(plan, like)
    if len(_KNOWN) >= KEPT:
        _KNOWN.clear()
    _KNOWN[key] = plan, run
    return plan, run


def _one_kind(tensors: Sequence[Array]) -> None:
    lists = [type(x).__name__ for x in tensors if not hasattr(x, "dtype")]
    if lists:
        raise ValueError(f"a {lists[0]} is given where an array is wanted")
    kinds = sorted({f"{namespace(x).__name__}'s {str(x.dtype).removeprefix('torch.')}" for x in tensors})
    if len(kinds) > 1:
        raise ValueError(f"tensors are of {' and '.join(kinds)}: convert them to one")


def _empty(equation: str, like: Array) -> Run:
    """Nothing is multiplied: the library's own sum is empty, or zero."""
    einsum = namespace(like).einsum
    return lambda tensors: contiguous(einsum(equation, *tensors))


def _strides(x: Array) -> tuple[int, ...]:
    """In elements."""
    if is_torch(x):
        return tuple(x.stride())
    return tuple(each // x.itemsize for each in x.strides)
