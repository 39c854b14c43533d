"""Steps with weights: convolutions, linear layers, batch norm and averages, with their transposes."""

from collections.abc import Sequence
from typing import cast

import torch
from torch.nn import functional as F

from etl.engine.types import Tensor
from models.rendering.operators import Call, Layer, Made, Norm, Operator, renders

TRANSPOSED = {1: F.conv_transpose1d, 2: F.conv_transpose2d}
Sizes = int | Sequence[int]


def pair(value: Sizes, length: int) -> tuple[int, ...]:
    """One number a spatial mode.

    Parameters
    ----------
    value : int or sequence of int
    length : int
        Modes.
    """
    return (value,) * length if isinstance(value, int) else tuple(value) * (length if len(value) == 1 else 1)


def _along_channels(value: Tensor, like: Tensor) -> Tensor:
    """(channels,) as it is added to (batch, channels, ...)."""
    return value.reshape(1, -1, *[1] * (like.ndim - 2))


def is_channels_last(x: Tensor) -> bool:
    """Whether channels are what memory has side by side."""
    return x.ndim == 4 and x.is_contiguous(memory_format=torch.channels_last) and not x.is_contiguous()


class Convolution(Layer):
    """A convolution; down is the transposed convolution with the same kernel."""

    def __init__(self, x: Tensor, weight: Tensor, bias: Tensor | None, *how: Sizes | str) -> None:
        stride, padding, dilation, groups = how
        modes = weight.ndim - 2
        self.weight, self.groups, self.size = weight, cast("int", groups), tuple(x.shape[2:])
        self.stride = pair(cast("Sizes", stride), modes)
        self.dilation = pair(cast("Sizes", dilation), modes)
        self.before = self._before(padding)
        self.shift = None if bias is None else _along_channels(bias, x)

    def _before(self, padding: Sizes | str) -> tuple[int, ...]:
        """Zeros before the first entry of each mode."""
        if not isinstance(padding, str):
            return pair(padding, len(self.stride))
        spans = [d * (k - 1) for d, k in zip(self.dilation, self.weight.shape[2:], strict=True)]
        return tuple(span // 2 if padding == "same" else 0 for span in spans)

    def _transposed(self, g: Tensor, weight: Tensor, groups: int) -> Tensor:
        """Zeros are put around g's entries, and what falls into the padding is cut."""
        sides, extra = (
            zip(self.size, g.shape[2:], self.stride, self.dilation, weight.shape[2:], strict=True),
            [],
        )
        for at, (size, out, stride, dilation, kernel) in enumerate(sides):
            extra.append(size + 2 * self.before[at] - ((out - 1) * stride + dilation * (kernel - 1) + 1))
        first = [max(0, -each) for each in extra]
        added = [max(0, each) for each in extra]
        image = TRANSPOSED[len(added)](
            g, weight, None, self.stride, self.before, tuple(added), groups, self.dilation
        )
        for at, cut in enumerate(first):
            if cut:  # "same" with an even span has one zero more behind than before
                image = image.narrow(at + 2, 0, self.size[at])
        return image

    def down(self, g: Tensor, scale: Tensor | None = None) -> tuple[Tensor, ...]:
        """Shape of the convolution's input."""
        weight = self.weight if scale is None else self.weight * scale.reshape(-1, *[1] * (g.ndim - 1))
        return (self._transposed(g, weight, self.groups),)

    def count(self, g: Tensor) -> tuple[Tensor, ...]:
        """All entries of a kernel are one: channels of a group are alike."""
        one = self.weight.new_ones(self.groups, 1, *self.weight.shape[2:], dtype=g.dtype)
        total = g.unflatten(1, (self.groups, -1)).sum(2)
        return (self._transposed(total, one, self.groups).repeat_interleave(self.weight.shape[1], 1),)


@renders(torch.conv1d, torch.conv2d)
def _convolution(
    call: Call,
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes | str = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Made:
    """See `torch.nn.functional.conv2d`; its arguments have these names."""
    how = stride, padding, dilation, groups
    output = call.function(input, weight, bias, *how)
    return Made(output, (input,), Convolution(input, weight, bias, *how))


class Linear(Layer):
    """y = W x + b along the last mode."""

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        self.weight, self.shift = weight, bias

    def down(self, g: Tensor, scale: Tensor | None = None) -> tuple[Tensor, ...]:
        """W' g."""
        return (g @ (self.weight if scale is None else self.weight * scale.reshape(-1, 1)),)

    def count(self, g: Tensor) -> tuple[Tensor, ...]:
        """The sum of g for each feature."""
        total = g.sum(-1, keepdim=True)
        return (total.expand(*total.shape[:-1], self.weight.shape[1]),)


@renders(F.linear)
def _linear(call: Call, input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Made:
    """See `torch.nn.functional.linear`."""
    return Made(call.function(input, weight, bias), (input,), Linear(weight, bias))


class Affine(Operator):
    """Batch norm whose statistics are fixed."""

    keeps_channels = True

    def __init__(self, norm: Norm) -> None:
        self.scale, self.shift, self.centre, self.moments = norm

    def down(self, g: Tensor) -> tuple[Tensor, ...]:
        """g gamma / sigma."""
        return (g * self.scale,)

    def count(self, g: Tensor) -> tuple[Tensor, ...]:
        """A scale adds no path."""
        return (g,)


@renders(F.batch_norm)
def _batch_norm(
    call: Call,
    input: Tensor,
    running_mean: Tensor,
    running_var: Tensor,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Made:
    """See `torch.nn.functional.batch_norm`; in training the statistics of the batch count as constants."""
    if call.replay is not None:
        norm = next(call.replay)
        output = input * norm.scale + norm.centre
        return Made(output if norm.shift is None else output + norm.shift, (input,), Affine(norm))
    told = weight, bias, running_mean, running_var, training, momentum, eps
    if training:
        output, mean, inverse = (
            each.detach() if at else each for at, each in enumerate(torch.native_batch_norm(input, *told))
        )
    else:
        output = call.function(input, running_mean, running_var, weight, bias, False, momentum, eps)
        mean, inverse = running_mean, (running_var + eps).rsqrt()
    scale = inverse.to(input.dtype) if weight is None else inverse * weight
    shift = None if bias is None else _along_channels(bias, input)
    moments = (mean, inverse.pow(-2) - eps) if training else None
    centre = _along_channels(-mean * scale, input)
    call.norms.append(Norm(_along_channels(scale, input), shift, centre, moments))
    return Made(output, (input,), Affine(call.norms[-1]))


class Average(Operator):
    """Averages over windows: a matrix (windows, places) for each spatial mode."""

    keeps_channels = True

    def __init__(self, x: Tensor, matrices: Sequence[Tensor]) -> None:
        self.matrices, self.is_channels_last = matrices, is_channels_last(x)

    def _spread(self, g: Tensor, matrices: Sequence[Tensor]) -> Tensor:
        spread = g @ matrices[-1]
        spread = matrices[0].T @ spread if len(matrices) == 2 else spread
        return spread.contiguous(memory_format=torch.channels_last) if self.is_channels_last else spread

    def down(self, g: Tensor) -> tuple[Tensor, ...]:
        """Each window's value, divided among its places."""
        return (self._spread(g, self.matrices),)

    def count(self, g: Tensor) -> tuple[Tensor, ...]:
        """Each window's value, for each of its places."""
        return (self._spread(g, [(each > 0).to(g.dtype) for each in self.matrices]),)


def _windows(
    x: Tensor, size: int, starts: Tensor, ends: Tensor, divisor: Tensor | int | None = None
) -> Tensor:
    """The matrix that averages places from each start to before each end; a window outside is cut."""
    at = torch.arange(size, device=x.device)
    inside = ((at >= starts[:, None]) & (at < ends[:, None])).to(x.dtype)
    return inside / (inside.sum(1, keepdim=True) if divisor is None else divisor)


@renders(F.adaptive_avg_pool1d, F.adaptive_avg_pool2d)
def _adaptive_average(call: Call, input: Tensor, output_size: Sizes) -> Made:
    """See `torch.nn.functional.adaptive_avg_pool2d`."""
    output = call.function(input, output_size)
    matrices = []
    for size, out in zip(input.shape[2:], output.shape[2:], strict=True):
        at = torch.arange(out, device=input.device)
        matrices.append(_windows(input, size, at * size // out, ((at + 1) * size + out - 1) // out))
    return Made(output, (input,), Average(input, matrices))


@renders(F.avg_pool1d, F.avg_pool2d)
def _average(
    call: Call,
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Made:
    """See `torch.nn.functional.avg_pool2d`."""
    if ceil_mode or divisor_override is not None:
        raise ValueError("an average pool with ceil_mode or divisor_override cannot be rendered")
    stride = stride or kernel_size
    output = call.function(input, kernel_size, stride, padding, ceil_mode, count_include_pad)
    modes = input.ndim - 2
    sides = zip(
        input.shape[2:],
        output.shape[2:],
        *(pair(e, modes) for e in (kernel_size, stride, padding)),
        strict=True,
    )
    matrices = []
    for size, out, kernel, step, before in sides:
        starts = torch.arange(out, device=input.device) * step - before
        matrices.append(_windows(input, size, starts, starts + kernel, kernel if count_include_pad else None))
    return Made(output, (input,), Average(input, matrices))
