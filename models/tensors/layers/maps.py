"""What all maps in factors share: modes that come in, modes that go out, and parameters named by place."""

from collections.abc import Iterable, Mapping, Sequence
from math import prod

import torch
from torch import nn

from etl.engine.types import Tensor, TorchDevice

Shape = Sequence[int]
Rank = int | Sequence[int]


class Factors(nn.Module):
    """Parameters ``factor_0``, ``factor_1`` and so on.

    Parameters
    ----------
    shapes : iterable of shapes
    device : torch.device, optional
    dtype : torch.dtype, optional
    """

    def __init__(
        self, shapes: Iterable[Shape], device: TorchDevice = None, dtype: torch.dtype | None = None
    ) -> None:
        super().__init__()
        for at, shape in enumerate(shapes):
            empty = torch.empty(tuple(shape), device=device, dtype=dtype)
            self.register_parameter(f"factor_{at}", nn.Parameter(empty))
        self.count = len(self._parameters)

    def all(self) -> list[Tensor]:
        """In order."""
        return [getattr(self, f"factor_{at}") for at in range(self.count)]


class Map(nn.Module):
    """A matrix (outputs, inputs) as a tensor in factors.

    Parameters
    ----------
    inputs, outputs : sequence of int
        Modes that are contracted, and modes of the result.
    rank : int or sequence of int
        See the kind of map.
    out_first : bool
        Whether the tensor's modes are ``(*outputs, *inputs)``, or the other way about.
    device, dtype
        Of the parameters.
    """

    def __init__(
        self,
        inputs: Shape,
        outputs: Shape,
        rank: Rank,
        out_first: bool = False,
        device: TorchDevice = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.inputs, self.outputs, self.out_first = tuple(inputs), tuple(outputs), out_first
        if bad := [size for size in self.shape if not isinstance(size, int) or size < 1]:
            raise ValueError(f"a mode has size {bad[0]}; each needs a whole number, 1 or more")
        self.fan_in, self.fan_out = prod(self.inputs), prod(self.outputs)
        self.build(rank, device, dtype)

    def build(self, rank: Rank, device: TorchDevice, dtype: torch.dtype | None) -> None:
        """Make the parameters of a rank, not filled yet."""
        raise NotImplementedError

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the tensor."""
        return (*self.outputs, *self.inputs) if self.out_first else (*self.inputs, *self.outputs)

    def parted(self, values: Sequence[Tensor]) -> tuple[Sequence[Tensor], Sequence[Tensor]]:
        """What belongs to the inputs, and to the outputs, of a sequence with a value a mode."""
        cut = len(self.outputs) if self.out_first else len(self.inputs)
        return (values[cut:], values[:cut]) if self.out_first else (values[:cut], values[cut:])

    def as_matrix(self, tensor: Tensor) -> Tensor:
        """(outputs, inputs) of a tensor of this map's shape."""
        return (
            tensor.reshape(self.fan_out, self.fan_in)
            if self.out_first
            else tensor.reshape(self.fan_in, self.fan_out).T
        )

    def as_tensor(self, matrix: Tensor) -> Tensor:
        """The tensor of a matrix (outputs, inputs), float64."""
        if tuple(matrix.shape) != (self.fan_out, self.fan_in):
            raise ValueError(
                f"the weight is {tuple(matrix.shape)}, the factors are of {(self.fan_out, self.fan_in)}"
            )
        whole = matrix.detach().double()
        return (whole if self.out_first else whole.T).reshape(self.shape)

    def forward(self, x: Tensor) -> Tensor:
        """Rows (b, inputs) to rows (b, outputs), contracted in factors."""
        raise NotImplementedError

    def matrix(self) -> Tensor:
        """The dense weight (outputs, inputs)."""
        raise NotImplementedError

    def fill(self, matrix: Tensor) -> None:
        """Take the factors from a decomposition of a dense weight (outputs, inputs)."""
        raise NotImplementedError

    def draw(self, gain: float) -> None:
        """Draw factors at random such that the dense weight has entries of variance ``gain`` / inputs."""
        raise NotImplementedError

    def flops(self, rows: int) -> int:
        """Of `forward`: two for each product of matrix products; elementwise products are not counted."""
        raise NotImplementedError

    def rebuild_flops(self) -> int:
        """Of `matrix`, counted likewise."""
        raise NotImplementedError


def kind_of(kinds: Mapping[str, type[Map]], name: str, what: str) -> type[Map]:
    """A kind of map by its name.

    Parameters
    ----------
    kinds : mapping of str to class
    name : str
    what : str
        Layer that has these kinds, for the message.

    Raises
    ------
    ValueError
        There is none of that name.
    """
    if name not in kinds:
        raise ValueError(f"there is no {what} of {name!r}; take one of {', '.join(kinds)}")
    return kinds[name]


def ranks(rank: Rank, most: Shape, what: str) -> tuple[int, ...]:
    """One rank a place, none above what it can be.

    Parameters
    ----------
    rank : int or sequence of int
        One for all, or one a place.
    most : sequence of int
        What each can be.
    what : str
        Of what, for the message.

    Raises
    ------
    ValueError
        Ranks are too many or too few, below 1 or too large.

    Examples
    --------
    >>> ranks(2, (4, 3), "Tucker")
    (2, 2)
    """
    found = (rank,) * len(most) if isinstance(rank, int) else tuple(rank)
    if len(found) != len(most):
        raise ValueError(f"{what} takes {len(most)} ranks, one each of at most {tuple(most)}; it got {found}")
    for at, (own, limit) in enumerate(zip(found, most, strict=True)):
        if not isinstance(own, int) or not 1 <= own <= limit:
            raise ValueError(f"{what} rank {own} of place {at} is not between 1 and {limit}; give another")
    return found


def orthonormal(rows: int, columns: int, like: Tensor, scale: float = 1.0) -> Tensor:
    """Random orthonormal columns, or rows where these are fewer, times a scale, as the values of a parameter.

    Where rows are fewer, columns have the mean length that they would have.

    Parameters
    ----------
    rows, columns : int
    like : Tensor
        The parameter: its device, type and shape.
    """
    if like.is_meta:
        return torch.empty_like(like)
    drawn = torch.nn.init.orthogonal_(torch.empty(rows, columns, device=like.device))
    if rows < columns:
        drawn = drawn * (columns / rows) ** 0.5
    return (drawn * scale).reshape(like.shape).to(like.dtype)


def put(parameter: Tensor, values: Tensor) -> None:
    """Copy values into the leading corner of a parameter; the rest is zero.

    Parameters
    ----------
    parameter, values : Tensor
        Of as many modes; the parameter's are at least as large.
    """
    with torch.no_grad():
        parameter.zero_()
        parameter[tuple(slice(size) for size in values.shape)].copy_(values)
