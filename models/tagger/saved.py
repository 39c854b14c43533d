"""What an estimator learnt as bytes, and back: models open no file."""

import io
import json
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted

from etl.arrays import dumps, loads
from etl.engine.types import Module, Tensor
from etl.handoff import to_host, to_torch

Kind = TypeVar("Kind", bound="Saved")
WEIGHTS = "module."
"""Beginning of the names of a network's arrays."""
LEARNT = "learnt"
"""Name of what else was learnt, as bytes of JSON."""


class Saved:
    """Adds `state` and `restore` to an estimator with ``module_fn`` and ``module_``."""

    module_fn: Callable[[], Module]
    module_: Module

    def state(self) -> bytes:
        """All that was learnt, as bytes for `restore`: those of a file of `etl.arrays`."""
        check_is_fitted(self)
        learnt = {name: value for name, value in vars(self).items() if name.endswith("_")}
        weights = learnt.pop("module_").state_dict()
        arrays = {WEIGHTS + name: to_host(value) for name, value in weights.items()}
        return dumps({**arrays, LEARNT: np.frombuffer(json.dumps(learnt).encode(), "uint8")})

    def restore(self: Kind, state: bytes) -> Kind:
        """Take what another with the same ``module_fn`` had learnt; in host memory until it is used.

        Raises
        ------
        RuntimeError
            The network of ``module_fn`` has other parts or sizes than the one saved.
        pyarrow.ArrowInvalid, EOFError, KeyError
            The bytes are damaged.
        """
        weights, learnt = _read(state)
        with torch.random.fork_rng([]):
            self.module_ = self.module_fn()
        self.module_.load_state_dict(weights)
        for name, value in learnt.items():
            setattr(self, name, value)
        return self


def _read(state: bytes) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Weights, and what else was learnt."""
    if state.startswith(b"PK"):  # of versions that wrote PyTorch's own files
        held = torch.load(io.BytesIO(state), map_location="cpu", weights_only=True)
        return held["module"], held["learnt"]
    arrays = loads(state)
    learnt = json.loads(arrays.pop(LEARNT).tobytes())
    return {name.removeprefix(WEIGHTS): to_torch(array) for name, array in arrays.items()}, learnt
