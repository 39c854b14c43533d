"""Steps that switch: rectifiers, max pools and dropout, whose choice for an image is kept."""

from collections.abc import Sequence

import torch
from torch.nn import functional as F

from etl.engine.types import Tensor
from models.rendering.layers import Sizes, is_channels_last, pair
from models.rendering.operators import Call, Made, Operator, renders

POOLS = {1: F.max_pool1d, 2: F.max_pool2d}
ADAPTIVE = {1: F.adaptive_max_pool1d, 2: F.adaptive_max_pool2d}


class Rectifier(Operator):
    """s: 1 where the unit is on, and else the slope of the leaky part."""

    keeps_channels = True

    def __init__(self, seen: Tensor, slope: float) -> None:
        self.seen, self.slope = seen, slope

    def down(self, g: Tensor) -> tuple[Tensor, ...]:
        """g s: the fused kernel of it, which `torch.where` takes ten times as long for."""
        return (torch.ops.aten.leaky_relu_backward(g, self.seen, self.slope, False),)

    def count(self, g: Tensor) -> tuple[Tensor, ...]:
        """Paths go through units that are on."""
        seen: Tensor = self.seen
        return (g * (seen > 0),)


def _rectified(x: Tensor, slope: float, inplace: bool) -> Made:
    """A leaky rectifier; what it gave has the sign of what it took."""
    output = F.leaky_relu(x, slope, inplace) if slope else F.relu(x, inplace)
    return Made(output, (x,), Rectifier((output if inplace else x).detach(), slope))


@renders(F.relu, torch.relu, torch.Tensor.relu)
def _relu(call: Call, input: Tensor, inplace: bool = False) -> Made:
    """See `torch.nn.functional.relu`."""
    return _rectified(input, 0.0, inplace)


@renders(torch.relu_, torch.Tensor.relu_)
def _relu_(call: Call, input: Tensor) -> Made:
    """See `torch.relu_`."""
    return _rectified(input, 0.0, True)


@renders(F.leaky_relu)
def _leaky_relu(call: Call, input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Made:
    """See `torch.nn.functional.leaky_relu`."""
    return _rectified(input, negative_slope, inplace)


class MaxPool(Operator):
    """t: the place that each window takes, the first of several that are largest."""

    keeps_channels = True

    def __init__(self, places: Tensor, size: Sequence[int], has_overlaps: bool) -> None:
        self.places, self.size, self.has_overlaps = places, tuple(size), has_overlaps

    def down(self, g: Tensor) -> tuple[Tensor, ...]:
        """Each value goes to its place."""
        batch, channels, *_ = g.shape
        if is_channels_last(self.places):
            empty = g.new_zeros(batch, _product(self.size), channels).transpose(1, 2)
        else:
            empty = g.new_zeros(batch, channels, _product(self.size))
        flat, places = g.flatten(2), self.places.flatten(2).expand(batch, -1, -1)
        put = empty.scatter_add_ if self.has_overlaps else empty.scatter_
        return (put(2, places, flat).unflatten(2, self.size),)


class TiedMaxPool(Operator):
    """t: all places of a window that are largest, as the released code of the paper has it.

    With ties <h, x> + eta is no longer the logit: each tied place is rendered.
    """

    keeps_channels = True

    def __init__(self, x: Tensor, output: Tensor, *how: Sizes) -> None:
        self.size = tuple(x.shape[2:])
        kernel, stride, self.before, dilation = (
            _two(pair(each, x.ndim - 2), at) for at, each in enumerate(how)
        )
        self.shape = output.shape[2:]
        high, wide = self._flat(x).shape[-2:]
        out = _two(tuple(self.shape), 0)
        sides = zip((high, wide), out, kernel, stride, self.before, dilation, strict=True)
        behind = [max(0, (o - 1) * s + d * (k - 1) + 1 - n - b) for n, o, k, s, b, d in sides]
        self.pads = (self.before[1], behind[1], self.before[0], behind[0])
        self.how = {"kernel_size": kernel, "stride": stride, "dilation": dilation}
        self.padded = (high + self.before[0] + behind[0], wide + self.before[1] + behind[1])
        seen = F.unfold(F.pad(self._flat(x.detach()), self.pads, value=-torch.inf), **self.how)
        self.is_largest = seen >= output.detach().reshape(seen.shape[0], 1, -1)

    def _flat(self, x: Tensor) -> Tensor:
        """(batch channels, 1, h, w)."""
        return x.reshape(-1, 1, *_two(tuple(x.shape[2:]), 0))

    def down(self, g: Tensor) -> tuple[Tensor, ...]:
        """Each value goes to all its places."""
        is_largest = self.is_largest
        rows = g.shape[0] * g.shape[1]
        if is_largest.shape[0] != rows:  # the switches of one image, for many classes
            is_largest = is_largest.repeat(rows // is_largest.shape[0], 1, 1)
        columns = is_largest * g.reshape(rows, 1, -1)
        image = F.fold(columns, self.padded, **self.how)
        left, _, top, _ = self.pads
        high, wide = _two(self.size, 0)
        return (image[..., top : top + high, left : left + wide].reshape(*g.shape[:2], *self.size),)


@renders(torch.max_pool1d, torch.max_pool2d, F.max_pool1d, F.max_pool2d)
def _max_pool(
    call: Call,
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Made:
    """See `torch.nn.functional.max_pool2d`."""
    if return_indices:
        raise ValueError("a pool that gives its indices away cannot be rendered")
    how = kernel_size, stride or kernel_size, padding, dilation
    output, places = POOLS[input.ndim - 2](input, *how, ceil_mode, return_indices=True)
    if call.ties == "all":
        return Made(output, (input,), TiedMaxPool(input, output, *how))
    sides = [pair(each, input.ndim - 2) for each in how]
    has_overlaps = any(k > s or d > 1 for k, s, _, d in zip(*sides, strict=True))
    return Made(output, (input,), MaxPool(places, input.shape[2:], has_overlaps))


@renders(F.adaptive_max_pool1d, F.adaptive_max_pool2d)
def _adaptive_max_pool(call: Call, input: Tensor, output_size: Sizes, return_indices: bool = False) -> Made:
    """See `torch.nn.functional.adaptive_max_pool2d`."""
    if return_indices:
        raise ValueError("a pool that gives its indices away cannot be rendered")
    output, places = ADAPTIVE[input.ndim - 2](input, output_size, return_indices=True)
    if call.ties == "first":
        return Made(output, (input,), MaxPool(places, input.shape[2:], True))
    sides = list(zip(input.shape[2:], output.shape[2:], strict=True))
    if any(size % out for size, out in sides):
        raise ValueError("an adaptive max pool whose windows differ in size has no rendering with ties='all'")
    kernel = tuple(size // out for size, out in sides)
    return Made(output, (input,), TiedMaxPool(input, output, kernel, kernel, 0, 1))


class Kept(Operator):
    """The mask of a dropout, which counts as fixed."""

    keeps_channels = True

    def __init__(self, mask: Tensor | None) -> None:
        self.mask = mask

    def down(self, g: Tensor) -> tuple[Tensor, ...]:
        """What was kept, scaled as upwards."""
        return (g if self.mask is None else g * self.mask,)

    def count(self, g: Tensor) -> tuple[Tensor, ...]:
        """Paths go through what was kept."""
        return (g if self.mask is None else g * (self.mask > 0),)


@renders(F.dropout, F.dropout1d, F.dropout2d)
def _dropout(call: Call, input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Made:
    """See `torch.nn.functional.dropout`; draws the mask that PyTorch would."""
    if not training or not p or call.replay is not None:
        return Made(input.view_as(input), (input,), Kept(None))
    mask = call.function(torch.ones_like(input), p, True)
    return Made(input.mul_(mask) if inplace else input * mask, (input,), Kept(mask))


def _product(sizes: Sequence[int]) -> int:
    total = 1
    for each in sizes:
        total *= each
    return total


def _two(sizes: tuple[int, ...], at: int) -> tuple[int, ...]:
    """Sizes of a plane, also where there is one mode: its kernel and stride are 1, its padding 0."""
    return sizes if len(sizes) == 2 else (0 if at == 2 else 1, *sizes)
