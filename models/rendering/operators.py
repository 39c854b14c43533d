"""What a network does, one operator a step, and the rules that make one of a call of PyTorch.

A rule takes a `Call` and the arguments of the function that it stands for, does the work, and returns
`Made`. It is found by the function: a layer and its functional form are one.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from etl.engine.types import Tensor

Ties = Literal["first", "all"]


class Operator:
    """A step y = A x + b for fixed switches.

    Attributes
    ----------
    shift : Tensor or None
        The part of b that is learnt: the parameter of the prior over switches. Broadcasts to y.
    centre : Tensor or None
        The rest of b, such as what batch norm takes away.
    """

    shift: Tensor | None = None
    centre: Tensor | None = None
    seen: Tensor | None = None
    """What the switches are taken from; may share memory with a value of the network."""
    keeps_channels: bool = False
    """It belongs to the activation that follows a layer: channels stay what they are."""

    def down(self, g: Tensor) -> tuple[Tensor, ...]:
        """A' g, one tensor an input; rows of g are images, also where the switches are of one image."""
        raise NotImplementedError

    def count(self, g: Tensor) -> tuple[Tensor, ...]:
        """As `down`, with a one for each entry of A that can be other than zero: it counts paths."""
        return self.down(g)


class Layer(Operator):
    """A convolution or linear layer."""

    def down(self, g: Tensor, scale: Tensor | None = None) -> tuple[Tensor, ...]:
        """A' (scale g): the scale of a batch norm that follows is cheaper at the weight."""
        raise NotImplementedError


class Norm(NamedTuple):
    """What batch norm did: y = scale x + shift + centre.

    Attributes
    ----------
    moments : (Tensor, Tensor) or None
        Mean and variance of this batch, (channels,) each, as constants.
    """

    scale: Tensor
    shift: Tensor | None
    centre: Tensor
    moments: tuple[Tensor, Tensor] | None = None


class Made(NamedTuple):
    """What a rule made: the output, the inputs that the operator is linear in, and the operator."""

    output: Tensor
    inputs: tuple[Tensor, ...]
    operator: Operator


@dataclass
class Call:
    """How a function was called.

    Attributes
    ----------
    function : callable
        Of PyTorch.
    ties : {"first", "all"}
        Which places of a pool take part where several are largest.
    is_live : callable
        Whether a value depends on the image.
    norms : list of Norm
        Of the batch norms so far.
    replay : iterator of Norm, optional
        Batch norms to be taken in turn instead of those of this batch; dropout is off then.
    """

    function: Callable[..., Tensor]
    is_live: Callable[[object], bool]
    ties: Ties = "first"
    norms: list[Norm] = field(default_factory=list)
    replay: Iterator[Norm] | None = None


Rule = Callable[..., Made]
RULES: dict[Callable[..., object], Rule] = {}
"""Rules by the functions that they stand for."""


def renders(*functions: Callable[..., object]) -> Callable[[Rule], Rule]:
    """Make a rule the one of these functions."""

    def register(rule: Rule) -> Rule:
        RULES.update(dict.fromkeys(functions, rule))
        return rule

    return register
