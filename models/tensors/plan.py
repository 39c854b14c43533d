"""A contraction of many tensors as steps: in which order, and in which layout each intermediate lies.

The order is opt_einsum's (Smith and Gray, "opt_einsum: a Python package for optimizing contraction order for
einsum-like expressions", JOSS 3(26), 2018). Layouts are sought by a beam: each step tries every order of
its output's modes, and the `BEAM` cheapest chains go on.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations
from math import prod

import opt_einsum

from models.tensors import pairs
from models.tensors.equation import Reading, Shape, Sizes, Term, packed, parse, reading, sizes_of
from models.tensors.pairs import Product
from models.tensors.placed import View

BEAM = 3
ORDERS = 3
"""Outputs of more modes are tried in few orders, not in all."""


@dataclass(frozen=True)
class Step:
    """A product of two tensors of the list; its output goes to the end of the list, and they leave it."""

    left: int
    right: int
    terms: tuple[str, str]
    product: Product


@dataclass(frozen=True)
class Plan:
    """What `contract` will do.

    Attributes
    ----------
    equation : str
        Without dots.
    letters : tuple of str
        Modes of each tensor.
    readings : tuple of Reading
        How each tensor is taken.
    steps : tuple of Step
    result : str
        Modes longer than 1 of the last array, as it lies in memory.
    view : View
        Sizes of the output, and its strides in that array.
    sizes : dict
        Of the modes longer than 1.
    plain : bool
        Whether each tensor is taken as it is: no diagonals, sums, or modes of size 1.
    tidy : str
        The equation of the tensors as they are after these.
    packed : bool
        Whether the output has to lie in the order of its modes.
    empty : bool
        Whether a mode has no elements, so that the output has none, or is zero.
    """

    equation: str
    letters: tuple[str, ...]
    readings: tuple[Reading, ...]
    steps: tuple[Step, ...]
    result: str
    view: View
    sizes: Sizes
    plain: bool
    tidy: str
    packed: bool
    empty: bool = False


def planned(
    equation: str, shapes: list[Shape], strides: list[Shape], is_packed: bool, itemsize: int = 8
) -> Plan:
    """Find the steps.

    Parameters
    ----------
    equation : str
    shapes, strides : list of tuples
        Of the tensors; strides in elements.
    is_packed : bool
        Whether the output has to lie in the order of its modes.
    itemsize : int
        Bytes of a number.

    Raises
    ------
    ValueError
        The equation is not one of these tensors.
    """
    letters, output = parse(equation, shapes)
    every = sizes_of(equation, letters, shapes)
    sizes = {mode: size for mode, size in every.items() if size != 1}
    readings = _readings(letters, output, shapes, strides)
    lengths = tuple(every[mode] for mode in output)
    spelt = f"{','.join(letters)}->{output}"
    if 0 in every.values():
        return Plan(spelt, tuple(letters), (), (), "", (lengths, ()), sizes, False, "", is_packed, True)
    terms = [each.term for each in readings]
    target = "".join(mode for mode in output if mode in sizes)
    chain = _layouts(terms, _order(terms, target, sizes), target, sizes, is_packed, itemsize)
    last = chain.terms[0]
    steps = tuple(last.by_mode.get(mode, 1) for mode in output)
    return Plan(
        equation=spelt,
        letters=tuple(letters),
        readings=readings,
        steps=chain.steps,
        result=last.modes,
        view=(lengths, steps),
        sizes=sizes,
        plain=all(each.term.modes == term for each, term in zip(readings, letters, strict=True)),
        tidy=f"{','.join(term.modes for term in terms)}->{target}",
        packed=is_packed,
    )


def _readings(
    letters: list[str], output: str, shapes: list[Shape], strides: list[Shape]
) -> tuple[Reading, ...]:
    """How each tensor is taken; a mode of size 1 in another tensor is not one that it has."""
    long = [
        {mode for mode, size in zip(term, shape, strict=True) if size != 1}
        for term, shape in zip(letters, shapes, strict=True)
    ]
    return tuple(
        reading(term, shape, stride, set(output).union(*long[:at], *long[at + 1 :]))
        for at, (term, shape, stride) in enumerate(zip(letters, shapes, strides, strict=True))
    )


def _order(terms: list[Term], target: str, sizes: Sizes) -> list[tuple[int, int]]:
    """Pairs of positions, each output at the end of the list."""
    if len(terms) == 1:
        return []
    shapes = [tuple(sizes[mode] for mode in term.modes) for term in terms]
    equation = f"{','.join(term.modes for term in terms)}->{target}"
    path, _ = opt_einsum.contract_path(equation, *shapes, shapes=True, optimize="auto")
    return [(min(pair), max(pair)) for pair in path]


@dataclass(frozen=True)
class _Chain:
    """Steps so far, the tensors that are there after them, and what the steps cost."""

    terms: tuple[Term, ...]
    steps: tuple[Step, ...] = ()
    cost: float = 0.0


def _layouts(
    terms: list[Term],
    order: list[tuple[int, int]],
    target: str,
    sizes: Sizes,
    is_packed: bool,
    itemsize: int,
) -> _Chain:
    search = lru_cache(maxsize=None)(
        lambda left, right, out, fixed: pairs.best_product(left, right, out, sizes, fixed, itemsize)
    )
    beam = [_Chain(tuple(terms))]
    for number, pair in enumerate(order):
        last = number == len(order) - 1
        grown = [
            each
            for chain in beam
            for each in _grown(chain, pair, target, search, last and is_packed, last, itemsize)
        ]
        best: dict[tuple[Term, ...], _Chain] = {}
        for each in sorted(grown, key=lambda chain: chain.cost):
            best.setdefault(each.terms, each)
        beam = list(best.values())[:BEAM]
    return beam[0]


def _grown(
    chain: _Chain,
    pair: tuple[int, int],
    target: str,
    search: Callable[[Term, Term, str, bool], Product],
    fixed: bool,
    last: bool,
    itemsize: int,
) -> list[_Chain]:
    """The chain with one more step, for each layout of its output that is tried."""
    left, right = (chain.terms[at] for at in pair)
    others = tuple(term for at, term in enumerate(chain.terms) if at not in pair)
    needed = set(target).union(*(term.modes for term in others))
    both = left.modes + "".join(mode for mode in right.modes if mode not in left.modes)
    out = target if last else "".join(mode for mode in both if mode in needed)
    layouts = [] if fixed or len(out) > ORDERS else ["".join(order) for order in permutations(out)]
    tried = [search(left, right, out, fixed)]
    if not last:
        tried += [search(left, right, layout, True) for layout in layouts]
    grown = []
    for each in tried:
        term = packed(each.modes, dict(zip(each.modes, each.shape, strict=True)))
        step = Step(*pair, (left.modes, right.modes), each)
        grown.append(_Chain((*others, term), (*chain.steps, step), chain.cost + pairs.cost(each, itemsize)))
    return grown


@dataclass(frozen=True)
class Copy:
    """A copy that will be made: of which tensor, and how many bytes."""

    of: str
    bytes: int


def memory(plan: Plan, itemsize: int) -> tuple[int, list[Copy]]:
    """Most bytes that are taken at once beside the given tensors, and the copies, in the steps' order.

    Parameters
    ----------
    plan : Plan
    itemsize : int
        Bytes of a number.
    """
    if plan.empty:
        return itemsize * prod(plan.view[0]), []
    live = [itemsize * _count(each.term.modes, plan) if each.summed else 0 for each in plan.readings]
    names = [f"tensor {at}" for at in range(len(live))]
    peak, copies = sum(live), list[Copy]()
    for number, step in enumerate(plan.steps):
        made = step.product
        ends = (step.right, step.left) if made.swapped else (step.left, step.right)
        own = [
            Copy(names[end], itemsize * prod(view[0]))
            for end, view in zip(ends, made.copied, strict=True)
            if view
        ]
        size = itemsize * prod(made.shape)
        if made.moved:
            own.append(Copy(f"output of step {number}", size))
        copies += own
        peak = max(peak, sum(live) + size + sum(each.bytes for each in own))
        for end in sorted((step.left, step.right), reverse=True):
            del live[end], names[end]
        live.append(size)
        names.append(f"output of step {number}")
    if not plan.steps and is_moved(plan):
        copies.append(Copy(names[0], itemsize * _count(plan.result, plan)))
        peak += copies[-1].bytes
    return peak, copies


def _count(modes: str, plan: Plan) -> int:
    return prod(plan.sizes[mode] for mode in modes)


def is_moved(plan: Plan) -> bool:
    """Whether one tensor alone, as it lies, is no output in the order of its modes."""
    target = plan.tidy.partition("->")[2]
    wanted, term = packed(target, plan.sizes).by_mode, plan.readings[0].term.by_mode
    return plan.packed and any(wanted[mode] != term[mode] for mode in target)
