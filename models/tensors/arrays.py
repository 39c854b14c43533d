"""What NumPy, CuPy and PyTorch call differently."""

import sys
from collections.abc import Sequence

import numpy as np

from etl.engine import array_namespace, engine_of
from etl.engine.types import Array, Namespace
from etl.handoff import from_host, numbers, on_device


def namespace(x: Array) -> Namespace:
    """The library whose functions work on an array where it lies: `numpy`, `cupy` or `torch`.

    Examples
    --------
    >>> import numpy
    >>> namespace(numpy.ones(2)).__name__
    'numpy'
    """
    if is_torch(x):
        import torch

        return torch
    return array_namespace(x)


def is_torch(x: Array) -> bool:
    """Whether an array is PyTorch's; it is not imported to find out.

    Examples
    --------
    >>> import numpy
    >>> is_torch(numpy.ones(2))
    False
    """
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(x, torch.Tensor)


def permuted(x: Array, axes: Sequence[int]) -> Array:
    """A view with its axes in another order.

    Parameters
    ----------
    x : array
    axes : sequence of int
        Old axes in the order of the new ones.

    Examples
    --------
    >>> import numpy
    >>> permuted(numpy.ones((2, 3, 4)), (2, 0, 1)).shape
    (4, 2, 3)
    """
    return x.permute(*axes) if is_torch(x) else x.transpose(*axes)


def contiguous(x: Array) -> Array:
    """The same numbers in the order of the axes, copied only where they are not."""
    return x.contiguous() if is_torch(x) else namespace(x).asarray(x, order="C")


def strided(x: Array, shape: tuple[int, ...], strides: tuple[int, ...]) -> Array:
    """A view of any sizes and strides, from the first element of the array on.

    Parameters
    ----------
    x : array
    shape, strides : tuple of int
        Strides in elements; 0 repeats.

    Examples
    --------
    >>> import numpy
    >>> strided(numpy.arange(6), (2, 2), (3, 1)).tolist()
    [[0, 1], [3, 4]]
    """
    if is_torch(x):
        return x.as_strided(shape, strides)
    steps = [each * x.itemsize for each in strides]
    return namespace(x).lib.stride_tricks.as_strided(x, shape, steps)


def placed(values: np.ndarray, like: Array, whole: bool = False) -> Array:
    """Numbers of the host where an array lies, in its type or, whole ones, in theirs.

    Parameters
    ----------
    values : ndarray
    like : array
    whole : bool
    """
    if is_torch(like):
        found = on_device(values, like.device)
        return found if whole else found.to(like.dtype)
    return from_host(values if whole else values.astype(like.dtype), engine_of(like))


def read(values: Sequence[Array]) -> list[float]:
    """Single numbers of where the data lie as the program's, waited for once.

    Parameters
    ----------
    values : sequence of arrays of no axis
    """
    return namespace(values[0]).stack(values).tolist() if is_torch(values[0]) else numbers(values)
