"""Which compiled recursions take a tensor: Numba's on a CPU, Triton's on CUDA."""

import importlib
from collections.abc import Callable
from functools import cache
from typing import Any

import torch

from etl.engine.types import Tensor

LIBRARIES = {"cpu": "numba", "cuda": "triton"}
"""By the type of the device."""
MODULES = {"numba": "models.statespace.{}_kernels", "triton": "models.statespace.cuda.{}"}


def on_device(tensor: Tensor) -> bool:
    """Whether Triton's kernels take it."""
    return LIBRARIES[tensor.device.type] == "triton"


def launch(family: str, name: str, *given: Any) -> None:
    """Call a kernel where its tensors lie; it fills those that are for results.

    Parameters
    ----------
    family : {"arma", "ets"}
    name : str
        Of the function.
    *given : tensors of float64 or int64 on one device, and what else the function takes
        Tensors for results are contiguous.

    Raises
    ------
    ModuleNotFoundError
        Tensors lie on CUDA, and there is no Triton, which PyTorch for CUDA brings.
    """
    library = LIBRARIES[given[0].device.type]
    plain = [_plain(value) if isinstance(value, torch.Tensor) else value for value in given]
    if library == "numba":
        plain = [value.numpy() if isinstance(value, torch.Tensor) else value for value in plain]
    _kernel(library, family, name)(*plain)


@cache
def _kernel(library: str, family: str, name: str) -> Callable[..., None]:
    return getattr(importlib.import_module(MODULES[library].format(family)), name)


def _plain(value: Tensor) -> Tensor:
    value = value.detach() if value.requires_grad else value
    return value if value.is_contiguous() else value.contiguous()
