"""Equations of Einstein's sums: read, checked, and rid of what needs no product.

A mode is a letter. Modes of size 1 are left out, a letter twice in one tensor is a diagonal (a view whose
stride is the sum of both), and a letter that one tensor alone has is summed before any product.
"""

from collections import Counter
from dataclasses import dataclass
from math import prod

from opt_einsum import get_symbol

Shape = tuple[int, ...]
Sizes = dict[str, int]


@dataclass(frozen=True)
class Term:
    """A tensor as products see it: its modes, all different, and the elements between neighbours in each."""

    modes: str
    strides: Shape

    @property
    def by_mode(self) -> Sizes:
        """Strides of the modes."""
        return dict(zip(self.modes, self.strides, strict=True))


def parse(equation: str, shapes: list[Shape]) -> tuple[list[str], str]:
    """Letters of each tensor and of the output, without dots.

    Parameters
    ----------
    equation : str
        As `numpy.einsum` takes it, such as ``"ijk,kl->ijl"`` or ``"...ij,jk"``.
    shapes : list of tuples
        Of the tensors.

    Raises
    ------
    ValueError
        It is no equation of these tensors; says which part is not.

    Examples
    --------
    >>> parse("ij,jk", [(2, 3), (3, 4)])
    (['ij', 'jk'], 'ik')
    """
    text, arrow, output = equation.replace(" ", "").partition("->")
    terms = text.split(",")
    if len(terms) != len(shapes):
        raise ValueError(f"{equation!r} has {len(terms)} tensors, {len(shapes)} are given")
    free = iter(each for each in map(get_symbol, range(200)) if each not in equation)
    both = list(zip(terms, map(len, shapes), strict=True))
    dots = max((order - len(term) + 3 for term, order in both if "..." in term), default=0)
    hidden = "".join(next(free) for _ in range(max(dots, 0)))
    spelt = [_without_dots(term, hidden, order) for term, order in both]
    counts = Counter("".join(spelt))
    once = hidden + "".join(sorted(each for each in counts if counts[each] == 1 and each not in hidden))
    output = output.replace("...", hidden) if arrow else once
    _check(equation, spelt, output, shapes)
    return spelt, output


def _without_dots(term: str, hidden: str, order: int) -> str:
    count = order - len(term) + 3
    return term.replace("...", hidden[len(hidden) - count :] if count > 0 else "")


def _check(equation: str, terms: list[str], output: str, shapes: list[Shape]) -> None:
    for term, shape in zip(terms, shapes, strict=True):
        if len(term) != len(shape):
            raise ValueError(f"{equation!r} gives {len(term)} modes to a tensor of {len(shape)}")
    odd = [each for each in "".join([*terms, output]) if not each.isalpha()]
    if odd:
        raise ValueError(f"{equation!r} has {odd[0]!r} where a letter, '...', ',' or '->' may stand")
    if len(set(output)) < len(output) or set(output) - set("".join(terms)):
        raise ValueError(f"{equation!r} wants an output whose letters differ and are those of the tensors")


def sizes_of(equation: str, terms: list[str], shapes: list[Shape]) -> Sizes:
    """Size of each mode; one of size 1 in a tensor stands for any size, as broadcast arrays' do.

    Parameters
    ----------
    equation : str
        For the error's text.
    terms : list of str
        Modes of each tensor.
    shapes : list of tuples

    Raises
    ------
    ValueError
        Tensors disagree about a mode.
    """
    sizes: Sizes = {}
    for term, shape in zip(terms, shapes, strict=True):
        own: Sizes = {}
        for mode, size in zip(term, shape, strict=True):
            if own.setdefault(mode, size) != size or (size != 1 and sizes.get(mode, 1) not in (1, size)):
                other = own[mode] if own[mode] != size else sizes[mode]
                raise ValueError(f"mode {mode!r} of {equation!r} is {other} long, and {size} elsewhere")
            if size != 1 or mode not in sizes:
                sizes[mode] = size
    return sizes


@dataclass(frozen=True)
class Reading:
    """How products take a tensor: a strided view of it, of which some axes are summed first.

    Attributes
    ----------
    view : Term
        Modes longer than 1, diagonals taken.
    summed : tuple of int
        Axes of the view to sum.
    term : Term
        What is left.
    """

    view: Term
    summed: Shape
    term: Term


def reading(letters: str, shape: Shape, strides: Shape, elsewhere: set[str]) -> Reading:
    """Take diagonals, leave out modes of size 1, and find those to sum, which nothing else has.

    Parameters
    ----------
    letters : str
        Modes of the tensor, one an axis.
    shape, strides : tuple of int
        Of the tensor; strides in elements.
    elsewhere : set of str
        Modes of the other tensors and of the output.
    """
    steps: Sizes = {}
    lengths: Sizes = {}
    for mode, size, stride in zip(letters, shape, strides, strict=True):
        if size != 1:
            steps[mode] = steps.get(mode, 0) + stride
            lengths[mode] = size
    view = Term("".join(steps), tuple(steps.values()))
    summed = tuple(axis for axis, mode in enumerate(view.modes) if mode not in elsewhere)
    if not summed:
        return Reading(view, summed, view)
    kept = "".join(mode for mode in view.modes if mode in elsewhere)
    return Reading(view, summed, packed(kept, lengths))


def packed(modes: str, sizes: Sizes) -> Term:
    """Modes without gaps, the last the fastest.

    Parameters
    ----------
    modes : str
    sizes : dict

    Examples
    --------
    >>> packed("ij", {"i": 2, "j": 3}).strides
    (3, 1)
    """
    lengths = [sizes[mode] for mode in modes]
    return Term(modes, tuple(prod(lengths[at + 1 :]) for at in range(len(modes))))
