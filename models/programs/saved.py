"""What an `EquationVerifier` learnt as bytes, and back: models open no file."""

from typing import Any, Self

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted

from etl.arrays import pack, unpack
from etl.engine.types import Array, Module
from etl.handoff import to_host, to_torch
from models.programs.networks import Shape, network

LEARNT = ("n_iter_", "stop_reason_", "history_", "temperature_", "calibration_", "symbols_", "boxes_")

SAMPLES = "samples of "
"""Before the names of black boxes."""


class Saved:
    """Adds `state` and `restore` to the estimator."""

    network_: Module
    classes_: Array
    symbols_: tuple[str, ...]
    boxes_: tuple[str, ...]
    samples_: dict[str, tuple[Array, Array]]

    def _shape(self) -> Shape:
        raise NotImplementedError

    def state(self) -> bytes:
        """All that was learnt, as bytes for `restore`: those of a file of `etl.arrays`."""
        check_is_fitted(self, "network_")
        options: dict[str, Any] = self.get_params(deep=False)  # type: ignore[attr-defined]
        told = {"options": options, "learnt": {name: getattr(self, name) for name in LEARNT}}
        weights = {name: to_host(value) for name, value in self.network_.state_dict().items()}
        samples = {f"{SAMPLES}{name}": np.stack(both) for name, both in self.samples_.items()}
        return pack(told, {**weights, **samples})

    def restore(self, state: bytes) -> Self:
        """Take what another had learnt, its parameters included; in host memory until it is used.

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
            setattr(self, name, tuple(value) if name in ("symbols_", "boxes_") else value)
        self.classes_ = np.arange(2)
        named = [name for name in arrays if name.startswith(SAMPLES)]
        self.samples_ = {name.removeprefix(SAMPLES): tuple(arrays.pop(name)) for name in named}
        with torch.random.fork_rng([]):
            self.network_ = network(self._shape()).eval()
        self.network_.load_state_dict({name: to_torch(array) for name, array in arrays.items()})
        return self
