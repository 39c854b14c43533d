"""Steps without weights of their own: sums, scales, shapes and joins."""

from collections.abc import Callable, Sequence

import torch
from torch.nn import functional as F

from etl.engine.types import Tensor
from models.rendering.operators import Call, Made, Operator, renders

T = torch.Tensor
Number = float | int


class Linear(Operator):
    """A map that has no parameter, told by its transpose.

    Parameters
    ----------
    *transposes : callable
        One an input.
    shift : Tensor, optional
        What is added.
    keeps_channels : bool
    """

    def __init__(
        self,
        *transposes: Callable[[Tensor], Tensor],
        shift: Tensor | None = None,
        keeps_channels: bool = False,
    ) -> None:
        self.transposes, self.shift, self.keeps_channels = transposes, shift, keeps_channels

    def down(self, g: Tensor) -> tuple[Tensor, ...]:
        """Each transpose of g."""
        return tuple(each(g) for each in self.transposes)


class Scale(Operator):
    """x times what does not depend on the image."""

    keeps_channels = True

    def __init__(self, x: Tensor, factor: Tensor | Number) -> None:
        self.factor, self.collapse = factor, collapsed(x)

    def down(self, g: Tensor) -> tuple[Tensor, ...]:
        """G times it."""
        return (self.collapse(g * self.factor),)

    def count(self, g: Tensor) -> tuple[Tensor, ...]:
        """A scale adds no path."""
        return (self.collapse(g),)


def collapsed(x: Tensor) -> Callable[[Tensor], Tensor]:
    """The transpose of a broadcast of x: a sum over the modes in which x has one entry."""
    shape = x.shape

    def total(g: Tensor) -> Tensor:
        modes = [at for at in range(1, len(shape)) if shape[at] == 1 and g.shape[at] != 1]
        return g.sum(modes, keepdim=True) if modes else g

    return total


def _negated(transpose: Callable[[Tensor], Tensor], factor: Number) -> Callable[[Tensor], Tensor]:
    """A transpose, times a number."""
    return lambda g: transpose(g) * factor


def _as_shift(value: Tensor | Number, like: Tensor) -> Tensor:
    """What is added, as a tensor."""
    return value if isinstance(value, T) else like.new_full((), value)


@renders(T.__add__, T.add, torch.add, T.__radd__, T.__iadd__, T.add_)
def _add(call: Call, input: Tensor, other: Tensor | Number, *, alpha: Number = 1) -> Made:
    """x + alpha y, of which one or both depend on the image."""
    return _sum(call, (input, other), (1, alpha), {} if alpha == 1 else {"alpha": alpha})


@renders(T.__sub__, T.sub, torch.sub, T.__isub__, T.sub_)
def _subtract(call: Call, input: Tensor, other: Tensor | Number, *, alpha: Number = 1) -> Made:
    """x - alpha y."""
    return _sum(call, (input, other), (1, -alpha), {} if alpha == 1 else {"alpha": alpha})


@renders(T.__rsub__)
def _subtract_from(call: Call, input: Tensor, other: Tensor | Number) -> Made:
    """y - x."""
    return _sum(call, (input, other), (-1, 1), {})


def _sum(
    call: Call, terms: Sequence[Tensor | Number], factors: Sequence[Number], told: dict[str, Number]
) -> Made:
    live = [at for at, each in enumerate(terms) if call.is_live(each)]
    transposes = [collapsed(terms[at]) for at in live]
    whole = [
        t if factors[at] == 1 else _negated(t, factors[at]) for at, t in zip(live, transposes, strict=True)
    ]
    output = call.function(*terms, **told)
    if len(live) == 2:
        return Made(output, tuple(terms), Linear(*whole))
    (at,) = live
    shift = _as_shift(terms[1 - at], output) * factors[1 - at]
    return Made(output, (terms[at],), Linear(*whole, shift=shift, keeps_channels=True))


@renders(T.__mul__, T.mul, torch.mul, T.__rmul__, T.__imul__, T.mul_)
def _multiply(call: Call, input: Tensor, other: Tensor | Number) -> Made:
    """x times what does not depend on the image."""
    x, factor = (input, other) if call.is_live(input) else (other, input)
    return Made(call.function(input, other), (x,), Scale(x, factor))


@renders(T.__truediv__, T.div, torch.div, T.true_divide, T.__itruediv__, T.div_)
def _divide(call: Call, input: Tensor, other: Tensor | Number) -> Made:
    """x divided by what does not depend on the image."""
    return Made(call.function(input, other), (input,), Scale(input, 1 / other))


@renders(T.__neg__, T.neg, torch.neg)
def _negate(call: Call, input: Tensor) -> Made:
    """-x."""
    return Made(call.function(input), (input,), Scale(input, -1))


@renders(T.contiguous, T.clone, torch.clone, T.to, T.float, T.double, T.half, T.bfloat16)
def _same(call: Call, input: Tensor, *args: object, **told: object) -> Made:
    """The same numbers, maybe of another type."""
    dtype = input.dtype
    return Made(
        call.function(input, *args, **told), (input,), Linear(lambda g: g.to(dtype), keeps_channels=True)
    )


@renders(T.flatten, torch.flatten, T.view, T.reshape, torch.reshape, T.squeeze, torch.squeeze, T.unsqueeze)
@renders(torch.unsqueeze, T.unflatten, torch.unflatten)
def _reshaped(call: Call, input: Tensor, *args: object, **told: object) -> Made:
    """Another shape of each image."""
    output, shape = call.function(input, *args, **told), input.shape[1:]
    if output.shape[0] != input.shape[0]:
        raise ValueError(f"a reshape from {tuple(input.shape)} to {tuple(output.shape)} mixes images")
    return Made(output, (input,), Linear(lambda g: g.reshape(g.shape[0], *shape)))


@renders(T.permute, torch.permute, T.transpose, torch.transpose)
def _permuted(call: Call, input: Tensor, *modes: object, **told: object) -> Made:
    """Modes in another order."""
    output = call.function(input, *modes, **told)
    order = call.function(torch.empty(tuple(range(2, input.ndim + 2)), device="meta"), *modes, **told).shape
    back = [list(order).index(at) for at in range(2, input.ndim + 2)]
    if back[0] != 0:
        raise ValueError("an order of modes in which images are not first cannot be rendered")
    return Made(output, (input,), Linear(lambda g: g.permute(back)))


@renders(T.mean, torch.mean)
def _mean(call: Call, input: Tensor, dim: int | Sequence[int] | None = None, keepdim: bool = False) -> Made:
    """Means over modes of each image."""
    modes = [at % input.ndim for at in ([dim] if isinstance(dim, int) else dim or [0])]
    if 0 in modes:
        raise ValueError("a mean over all images of a batch cannot be rendered")
    kept = [1 if at in modes else size for at, size in enumerate(input.shape)][1:]
    entries, shape = input[0].numel() // max(1, int(torch.Size(kept).numel())), input.shape[1:]
    spread = Linear(lambda g: g.reshape(g.shape[0], *kept).expand(-1, *shape))
    return Made(call.function(input, dim, keepdim), (input,), Mean(spread, entries))


class Mean(Operator):
    """A mean of so many entries."""

    keeps_channels = True

    def __init__(self, spread: Operator, entries: int) -> None:
        self.spread, self.entries = spread, entries

    def down(self, g: Tensor) -> tuple[Tensor, ...]:
        """The value, divided among the entries."""
        return self.spread.down(g / self.entries)

    def count(self, g: Tensor) -> tuple[Tensor, ...]:
        """The value, for each entry."""
        return self.spread.down(g)


@renders(F.pad)
def _pad(
    call: Call, input: Tensor, pad: Sequence[int], mode: str = "constant", value: float | None = None
) -> Made:
    """Zeros around an image, or before and behind its channels."""
    if mode != "constant" or value:
        raise ValueError(f"padding by {mode}{f' {value}' if value else ''} cannot be rendered; zeros can")
    if len(pad) > 2 * (input.ndim - 1):
        raise ValueError("padding that adds images cannot be rendered")
    back = [-each for each in pad]
    return Made(call.function(input, pad), (input,), Linear(lambda g: F.pad(g, back)))


@renders(T.__getitem__)
def _part(call: Call, input: Tensor, index: object) -> Made:
    """Some entries of each image."""
    if not (isinstance(index, tuple) and index[0] in (slice(None), Ellipsis)) or call.is_live(index[1:]):
        raise ValueError("a part of a batch that does not take all images (x[:, ...]) cannot be rendered")
    shape = input.shape[1:]

    def back(g: Tensor) -> Tensor:
        whole = g.new_zeros(g.shape[0], *shape)
        whole[index] = g
        return whole

    return Made(call.function(input, index), (input,), Linear(back))


@renders(torch.cat, torch.concat)
def _concatenate(call: Call, tensors: Sequence[Tensor], dim: int = 0) -> Made:
    """Maps beside each other."""
    if not dim % tensors[0].ndim:
        raise ValueError("a join of images cannot be rendered")
    live, transposes, at = [], [], 0
    for each in tensors:
        if call.is_live(each):
            live.append(each)
            transposes.append(lambda g, first=at, size=each.shape[dim]: g.narrow(dim, first, size))
        at += each.shape[dim]
    operator = Linear(*transposes)
    if len(live) < len(tensors):
        operator.centre = torch.cat([torch.zeros_like(t) if call.is_live(t) else t for t in tensors], dim)
    return Made(call.function(tensors, dim), tuple(live), operator)
