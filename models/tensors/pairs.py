"""A product of two tensors as one product of batches of matrices, on views that need no copy where any do.

Source: Shi, Niranjan, Anandkumar and Cecka, "Tensor contractions with extended BLAS kernels on CPU and GPU",
HiPC 2016. Modes are put in four groups: batch, rows, columns, inner. A group is one axis of a view where its
strides nest; a tensor that lacks the batch is repeated with stride 0. BLAS takes a matrix one of whose
strides is 1 and the other no less than the length of a line; PyTorch and CuPy copy any other one inside,
unseen, so that here it counts as a copy.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain, combinations, product
from math import prod

from models.tensors.equation import Shape, Sizes, Term, packed
from models.tensors.placed import Placed, View, is_packed, placed

FLOPS_PER_NS, CALL = 42.0, 1400.0
"""Rate of a core in float64, twice that in float32; nanoseconds of a call into a strided output."""
SHORT_INNER, SHORT_ROW, SHORT_SINGLE = 4.0, 18.0, 32.0
"""The lengths at which an inner axis, and a row of the output, halve the rate; and from which on a row or a
column of float32 does not lower it, whatever the shape."""
TALL, SLOW_TALL, SLOW_ROWS = 4, 1.4, 1.1
"""Many rows by few columns are slower, and so is a right factor by short rows, not by columns."""
FAR, SLOW_FAR, SLOW_GAPS = 512, 2.0, 1.35
"""So is a left factor by columns this far apart, and a right one whose short rows are this far apart."""
SLOW_BOTH, SLOWEST_FAR, SINGLE_FAR = 1.4, 6.0, 1.4
"""So are two factors by columns where rows of the output are short; and most of all where the left one's
columns are far apart, which float32 minds less."""
ORDERLY, TURNED, JUMPING = 0.3, 1.2, 2.5
"""Nanoseconds to copy an element: lines in order; a matrix transposed, or each of a batch; other orders."""
LARGE, SLOW_LARGE = 1 << 19, 2.5
"""Copies of more elements are slower by so much: they go to memory."""
SMALL, FRESH, DEAR = 1 << 21, 3.0, 1000.0
"""Of still more, an element takes so many nanoseconds more, for the memory is new; and then a tensor is
copied where nothing else is possible, not where that saves time."""
COPIES = tuple(product((False, True), repeat=3))
"""Which of left, right and output are copied."""
LOOSE = 6
"""With more free modes than this, batches of one mode alone are tried."""


@dataclass(frozen=True)
class Groups:
    """Modes of the batch, of rows, of columns, and those that are summed."""

    batch: str
    rows: str
    columns: str
    inner: str


@dataclass(frozen=True)
class Product:
    """What is done: copies, if any, then one product of batches of matrices, then a copy, if any.

    Attributes
    ----------
    swapped : bool
        Whether the right tensor is the left factor.
    copied : tuple of View or None
        How the left and the right tensor are viewed to be copied; None where they are taken as they lie.
    views : tuple of View
        Batch, rows and columns of the left and the right factor, copied where they are.
    into : View or None
        How a new array of the output's sizes is viewed to be written; None where the product makes its own.
    moved : View or None
        How the product's own array is viewed to be copied into the output.
    elementwise : bool
        Whether nothing is summed: views of the output's modes are multiplied.
    modes : str
        Of the output, as it lies in memory, without gaps.
    shape : tuple of int
        Sizes of these modes.
    flops : int
        Two for each multiplication and addition; one for each multiplication where nothing is summed.
    """

    swapped: bool
    copied: tuple[View | None, View | None]
    views: tuple[View, View]
    into: View | None
    moved: View | None
    elementwise: bool
    modes: str
    shape: Shape
    flops: int


def best_product(left: Term, right: Term, out: str, sizes: Sizes, fixed: bool, itemsize: int = 8) -> Product:
    """The cheapest way to multiply two tensors; copies are dear.

    Parameters
    ----------
    left, right : Term
    out : str
        Modes of the output.
    sizes : dict
        Of all modes.
    fixed : bool
        Whether the output has to lie in memory in the order of ``out``.
    itemsize : int
        Bytes of a number.
    """
    if not set(left.modes) & set(right.modes) - set(out):
        return _multiplied(left, right, out, sizes)
    found = [
        each
        for choice in COPIES
        if fixed or not choice[2]
        for each in _candidates(left, right, out if fixed else None, out, sizes, choice)
    ]
    return min(found, key=lambda each: cost(each, itemsize))


def _candidates(
    left: Term, right: Term, wanted: str | None, out: str, sizes: Sizes, copies: tuple[bool, ...]
) -> Iterator[Product]:
    for one, other, swapped in ((left, right, False), (right, left, True)):
        for groups in _groupings(one, other, out):
            found = _tried(one, other, wanted, sizes, groups, copies)
            if found:
                yield replace(found, swapped=swapped)


def cost(found: Product, itemsize: int) -> float:
    """Expected nanoseconds on a core: those of the products, of their calls, and of copies.

    Parameters
    ----------
    found : Product
    itemsize : int
        Bytes of a number.
    """
    if found.elementwise:
        return float(found.flops)
    copies = sum(_copy_cost(each, DEAR) for each in found.copied if each)
    calls = found.views[0][0][0] * CALL if found.into else 0.0
    moved = _copy_cost(found.moved) if found.moved else 0.0
    return found.flops / FLOPS_PER_NS * (itemsize / 8) * _slowness(found, itemsize) + calls + copies + moved


def _slowness(found: Product, itemsize: int) -> float:
    """Time of the products over that of large ones whose factors lie well."""
    (_, rows, inner), (_, _, columns) = found.views[0][0], found.views[1][0]
    first, second = (view[1][1:] for view in found.views)
    if found.into and found.into[1][1] == 1:  # written by columns, it is the transposed product by rows
        rows, columns, first, second = columns, rows, second[::-1], first[::-1]
    short = 1 + SHORT_ROW / columns if itemsize >= 8 else max(1.0, SHORT_SINGLE / min(rows, columns))
    if rows >= TALL * columns and itemsize >= 8:
        short = max(short, SLOW_TALL)
    slow = (1 + SHORT_INNER / inner) * short
    if first[1] >= FAR and itemsize < 8:
        slow *= SINGLE_FAR
    elif first[1] >= FAR:
        slow *= SLOW_FAR if second[1] == 1 else SLOWEST_FAR
    elif first[1] != 1 and second[1] != 1 and columns < FAR:
        slow *= SLOW_BOTH
    if second[1] == 1 and columns < FAR:
        slow *= SLOW_ROWS * (SLOW_GAPS if second[0] >= FAR else 1.0)
    return slow


def _copy_cost(view: View, dear: float = 1.0) -> float:
    """A copy that reads lines in order is cheap; one that jumps waits for memory at each element."""
    sizes, steps = view
    count = prod(sizes)
    each = ORDERLY if steps[-1:] in ((), (1,)) else TURNED if 1 in steps[-2:] else JUMPING
    if count <= LARGE:
        return count * each
    return count * each * SLOW_LARGE if count <= SMALL else count * (each * SLOW_LARGE + FRESH) * dear


def _multiplied(left: Term, right: Term, out: str, sizes: Sizes) -> Product:
    """Nothing is summed: broadcast views are multiplied element by element, in any strides."""
    shape = tuple(sizes[mode] for mode in out)
    first, second = ((shape, tuple(each.by_mode.get(mode, 0) for mode in out)) for each in (left, right))
    count = prod(shape)
    return Product(False, (None, None), (first, second), None, None, True, out, shape, count)


def _groupings(left: Term, right: Term, out: str) -> Iterator[Groups]:
    """Ways to group modes; the batch is what both and the output have, or part of what one of them has."""
    both = set(left.modes) & set(right.modes)
    batch = "".join(mode for mode in out if mode in both)
    inner = "".join(mode for mode in left.modes if mode in both and mode not in out)
    rows = "".join(mode for mode in left.modes if mode not in both)
    columns = "".join(mode for mode in right.modes if mode not in both)
    yield Groups(batch, rows, columns, inner)
    if not batch:
        for part, rest in _parts(rows):
            yield Groups(part, rest, columns, inner)
        for part, rest in _parts(columns):
            yield Groups(part, rows, rest, inner)


def _parts(modes: str) -> Iterator[tuple[str, str]]:
    top = len(modes) if len(modes) <= LOOSE else 1
    for part in chain.from_iterable(combinations(modes, count) for count in range(1, top + 1)):
        yield "".join(part), "".join(mode for mode in modes if mode not in part)


def _tried(
    left: Term, right: Term, out: str | None, sizes: Sizes, groups: Groups, copies: tuple[bool, ...]
) -> Product | None:
    """The product of these groups with these copies (left, right, output); None where no views allow it."""
    first, second = (None if copy else each for each, copy in zip((left, right), copies, strict=False))
    wanted = None if out is None else packed(out, sizes)
    third = None if copies[2:] == (True,) else wanted
    batch = _nested(groups.batch, third, first, second)
    rows, columns = _nested(groups.rows, first, third), _nested(groups.columns, second, third)
    inner = _nested(groups.inner, first, second)
    one = placed(left, first, (batch, rows, inner), sizes)
    other = one and placed(right, second, (batch, inner, columns), sizes)
    made = other and placed(None, third, (batch, rows, columns), sizes)
    return (
        _planned((left, right), wanted, sizes, (one, other, made), copies) if one and other and made else None
    )


def _nested(group: str, *terms: Term | None) -> str:
    """The group in the order in which it lies in the first tensor that stays where it is and has it."""
    for term in terms:
        if term is not None and set(group) <= set(term.modes):
            steps = term.by_mode
            return "".join(sorted(group, key=lambda mode: -steps[mode]))
    return group


def _planned(
    terms: tuple[Term, Term],
    wanted: Term | None,
    sizes: Sizes,
    factors: tuple[Placed, Placed, Placed],
    copies: tuple[bool, ...],
) -> Product:
    first, second, third = factors
    copied = [
        _spread(term, each.modes, sizes) if copy else None
        for term, each, copy in zip(terms, factors, copies, strict=False)
    ]
    modes = wanted.modes if wanted else third.modes
    moved = _spread(packed(third.modes, sizes), modes, sizes) if copies[2:] == (True,) else None
    return Product(
        swapped=False,
        copied=(copied[0], copied[1]),
        views=(first.view, second.view),
        into=None if moved or is_packed(third.view) else third.view,
        moved=moved,
        elementwise=False,
        modes=modes,
        shape=tuple(sizes[mode] for mode in modes),
        flops=2 * prod(third.view[0]) * first.view[0][2],
    )


def _spread(term: Term, modes: str, sizes: Sizes) -> View:
    """Modes as axes; those that nest are one: PyTorch copies a transposed matrix by blocks, no other view."""
    steps = term.by_mode
    axes: list[tuple[int, int]] = []
    for mode in modes:
        size, step = sizes[mode], steps[mode]
        if axes and axes[-1][1] == step * size:
            size *= axes.pop()[0]
        axes.append((size, step))
    return tuple(size for size, _ in axes), tuple(step for _, step in axes)
