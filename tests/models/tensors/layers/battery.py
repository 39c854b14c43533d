"""One layer of each kind, small, with a batch that fits."""

from collections.abc import Callable

import torch

from models.tensors.layers.conv import FactorizedConv2d
from models.tensors.layers.linear import FactorizedLinear
from models.tensors.layers.tcl import TCL
from models.tensors.layers.trl import TRL

Make = Callable[..., torch.nn.Module]
LAYERS: dict[str, tuple[Make, tuple[int, ...]]] = {
    "tcl": (lambda **told: TCL((8, 3, 3), (4, 2, 2), **told), (5, 8, 3, 3)),
    "trl-tucker": (lambda **told: TRL((8, 3, 3), (6,), (4, 2, 2, 3), **told), (5, 8, 3, 3)),
    "trl-two-outputs": (lambda **told: TRL((8, 3), (4, 2), (2, 2, 3, 2), **told), (5, 8, 3)),
    "trl-cp": (lambda **told: TRL((8, 3, 3), (6,), 3, "cp", **told), (5, 8, 3, 3)),
    "trl-tt": (lambda **told: TRL((8, 3, 3), (6,), (3, 4, 3), "tt", **told), (5, 8, 3, 3)),
    "linear-tucker": (lambda **told: FactorizedLinear((4, 3), (2, 5), 2, "tucker", **told), (5, 12)),
    "linear-cp": (lambda **told: FactorizedLinear((4, 3), (2, 5), 3, "cp", **told), (5, 12)),
    "linear-cp-of-one-mode": (lambda **told: FactorizedLinear((12,), (10,), 3, "cp", **told), (5, 12)),
    "linear-block-tt": (lambda **told: FactorizedLinear((4, 3), (2, 5), 3, "block_tt", **told), (5, 12)),
    "conv-tucker": (lambda **told: FactorizedConv2d(6, 8, 3, (4, 3, 2, 3), **told), (2, 6, 7, 5)),
    "conv-cp": (lambda **told: FactorizedConv2d(6, 8, (3, 2), 5, "cp", 2, 1, **told), (2, 6, 7, 5)),
    "conv-tt": (
        lambda **told: FactorizedConv2d(6, 8, 3, (4, 3, 5), "tt", (2, 1), (0, 2), 2, **told),
        (2, 6, 7, 5),
    ),
}
"""A maker and the shape of its batch, each."""
DENSE = {name: pair for name, pair in LAYERS.items() if name != "tcl"}
"""Those that have a dense layer that does the same."""


def shaped(name: str, x: torch.Tensor) -> torch.Tensor:
    """A batch as the dense layer takes it."""
    return x.flatten(1) if name.startswith("trl") else x
