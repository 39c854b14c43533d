"""What an estimator learnt as bytes, and back: models open no file."""

import io
from collections.abc import Callable
from typing import TypeVar

import torch
from sklearn.utils.validation import check_is_fitted

from etl.engine.types import Module

Kind = TypeVar("Kind", bound="Saved")


class Saved:
    """Adds `state` and `restore` to an estimator with ``module_fn`` and ``module_``."""

    module_fn: Callable[[], Module]
    module_: Module

    def state(self) -> bytes:
        """All that was learnt, as bytes for `restore`."""
        check_is_fitted(self)
        learnt = {name: value for name, value in vars(self).items() if name.endswith("_")}
        weights = learnt.pop("module_").state_dict()
        held = io.BytesIO()
        torch.save({"module": weights, "learnt": learnt}, held)
        return held.getvalue()

    def restore(self: Kind, state: bytes) -> Kind:
        """Take what another with the same ``module_fn`` had learnt; in host memory until it is used.

        Raises
        ------
        RuntimeError
            The network of ``module_fn`` has other parts or sizes than the one saved.
        """
        held = torch.load(io.BytesIO(state), map_location="cpu", weights_only=True)
        with torch.random.fork_rng([]):
            self.module_ = self.module_fn()
        self.module_.load_state_dict(held["module"])
        for name, value in held["learnt"].items():
            setattr(self, name, value)
        return self
