"""Plans of contractions, carried out on NumPy's, CuPy's or PyTorch's arrays."""

from collections.abc import Callable, Sequence

from etl.engine.types import Array, Namespace
from models.tensors.arrays import contiguous, is_torch, namespace, strided
from models.tensors.equation import Reading
from models.tensors.pairs import Product
from models.tensors.placed import View
from models.tensors.plan import Plan, Step, is_moved

Work = Callable[[Array, Array], Array]
Apply = Callable[[Step, Work, Array, Array], Array]


def compiled(plan: Plan, like: Array, apply: Apply | None = None) -> Callable[[Sequence[Array]], Array]:
    """A function of the tensors that does what the plan says; as little as can be is left for its calls.

    Parameters
    ----------
    plan : Plan
    like : array
        One of the library that the tensors will be of.
    apply : callable, optional
        Does a step, given what would do it and both tensors: for gradients.
    """
    works = [_worker(step.product, like) for step in plan.steps]
    ends = [(step.left, step.right) for step in plan.steps]
    taking = [None if plan.plain else _taker(each, plan) for each in plan.readings]
    finish = _finisher(plan)
    if len(works) == 1 and plan.plain and apply is None:
        (work,) = works
        return (lambda tensors: finish(work(*tensors))) if finish else (lambda tensors: work(*tensors))

    def run(tensors: Sequence[Array]) -> Array:
        live = [take(each) if take else each for take, each in zip(taking, tensors, strict=True)]
        for step, work, (left, right) in zip(plan.steps, works, ends, strict=True):
            second, first = live.pop(right), live.pop(left)
            live.append(apply(step, work, first, second) if apply else work(first, second))
            del first, second
        return finish(live[0]) if finish else live[0]

    return run


def _taker(reading: Reading, plan: Plan) -> Callable[[Array], Array]:
    """Diagonals as views, modes of size 1 left out, lone modes summed."""
    shape = tuple(plan.sizes[mode] for mode in reading.view.modes)
    left = tuple(plan.sizes[mode] for mode in reading.term.modes)

    def take(x: Array) -> Array:
        view = strided(x, shape, reading.view.strides)
        if not reading.summed:
            return view
        out = _new(x, left)
        namespace(x).sum(view, reading.summed, dtype=x.dtype, out=out)
        return out

    return take


def _finisher(plan: Plan) -> Callable[[Array], Array] | None:
    """The last array in the order of the output's modes; None where it is."""
    sizes, strides = plan.view
    if plan.steps and plan.packed:
        same = plan.steps[-1].product.shape == sizes
        return None if same else (lambda last: last.reshape(sizes))
    moved = is_moved(plan)
    return lambda last: contiguous(strided(last, sizes, strides)) if moved else strided(last, sizes, strides)


def _worker(step: Product, like: Array) -> Work:
    """One product of batches of matrices, or of elements, as a function of the left and the right tensor."""
    xp, matmul = namespace(like), _matmul(namespace(like), step)
    (one, other), (shape, into, moved) = step.views, (step.shape, step.into, step.moved)
    flat = not step.elementwise and one[0][0] == 1
    if flat:
        one, other = ((sizes[1:], steps[1:]) for sizes, steps in (one, other))
        into = (into[0][1:], into[1][1:]) if into else None
    own = shape == (one[0][:-1] + other[0][-1:])
    if xp.__name__ != "torch" and not step.elementwise:
        one, other = _repeated_once(one, other)

    def work(left: Array, right: Array) -> Array:
        if step.swapped:
            left, right = right, left
        if step.copied[0]:
            left = contiguous(strided(left, *step.copied[0]))
        if step.copied[1]:
            right = contiguous(strided(right, *step.copied[1]))
        first, second = strided(left, *one), strided(right, *other)
        if step.elementwise:
            return xp.multiply(first, second, out=_new(left, shape))
        if into:
            out = _new(left, shape)
            matmul(first, second, out=strided(out, *into))
            return out
        made = matmul(first, second)
        if moved:
            return contiguous(strided(made, *moved)).reshape(shape)
        return made if own else made.reshape(shape)

    return work


def _repeated_once(one: View, other: View) -> tuple[View, View]:
    """A repeated matrix as a batch of one: CuPy's `matmul` copies a view that repeats, and spreads this.

    Of two that repeat one stays as it is, for the product has the whole batch.
    """
    for at, (sizes, steps) in ((1, other), (0, one)):
        if len(sizes) == 3 and steps[0] == 0:
            once = (1, *sizes[1:]), steps
            return (one, once) if at else (once, other)
    return one, other


def _matmul(xp: Namespace, step: Product) -> Callable[..., Array]:
    if xp.__name__ != "torch":
        return xp.matmul
    return xp.mm if not step.elementwise and step.views[0][0][0] == 1 else xp.bmm


def _new(like: Array, shape: tuple[int, ...]) -> Array:
    return like.new_empty(shape) if is_torch(like) else namespace(like).empty(shape, like.dtype)
