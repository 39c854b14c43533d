"""What a classifier of images learnt as bytes, and back: models open no file."""

from collections.abc import Callable
from typing import Any, Self

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted

from etl.arrays import pack, unpack
from etl.engine.types import Array, Module, Tensor
from etl.handoff import to_host, to_torch
from models.rendering.networks import conv_large, conv_small, wide_resnet_28_2

Make = Callable[..., Module]
NETWORKS: dict[str, Make] = {
    "conv_small": conv_small,
    "conv_large": conv_large,
    "wide_resnet_28_2": wide_resnet_28_2,
}
LEARNT = ("n_iter_", "stop_reason_", "history_", "shape_")


class Saved:
    """Adds `state` and `restore` to scikit-learn's estimator with ``network_`` and ``classes_``."""

    network: Make | str
    network_: Module
    classes_: Array | Tensor
    shape_: tuple[int, int, int]

    def state(self) -> bytes:
        """All that was learnt, as bytes for `restore`: those of a file of `etl.arrays`."""
        check_is_fitted(self, "network_")
        options: dict[str, Any] = self.get_params(deep=False)  # type: ignore[attr-defined]
        if not isinstance(self.network, str):
            options.pop("network")
        learnt = {name: getattr(self, name) for name in LEARNT}
        told = {"options": options, "learnt": learnt, "classes": to_host(self.classes_).tolist()}
        weights = {name: to_host(value) for name, value in self.network_.state_dict().items()}
        return pack(told, weights)

    def restore(self, state: bytes) -> Self:
        """Take what another had learnt, its parameters included; in host memory until it is used.

        A network that has no name is made by the ``network`` that this one was given.

        Parameters
        ----------
        state : bytes

        Raises
        ------
        pyarrow.ArrowInvalid, EOFError, KeyError
            The bytes are damaged.
        """
        told, arrays = unpack(state)
        self.set_params(**told["options"])  # type: ignore[attr-defined]
        for name, value in told["learnt"].items():
            setattr(self, name, value)
        self.shape_ = tuple(told["learnt"]["shape_"])
        self.classes_ = np.array(told["classes"])
        with torch.random.fork_rng([]):
            self.network_ = self.made(self.shape_, len(self.classes_)).eval()
        self.network_.load_state_dict({name: to_torch(array) for name, array in arrays.items()})
        return self

    def made(self, shape: tuple[int, int, int], classes: int) -> Module:
        """A new network.

        Parameters
        ----------
        shape : tuple of int
            Channels, height and width.
        classes : int
        """
        make: Make = NETWORKS[self.network] if isinstance(self.network, str) else self.network
        channels, *sides = shape
        return make(channels, classes, sides[0] if sides[0] == sides[1] else tuple(sides))
