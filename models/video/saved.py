"""What a forecaster of video learnt as bytes, and back: models open no file."""

from dataclasses import asdict
from typing import Any, Self

import torch
from sklearn.utils.validation import check_is_fitted

from etl.arrays import pack, unpack
from etl.handoff import to_host, to_torch
from models.video.network import NetworkSettings, VideoNetwork

LEARNT = ("n_iter_", "stop_reason_", "validation_", "parted_", "losses_")
NOT_KEPT = ("checkpoint",)


class Saved:
    """Adds `state` and `restore` to scikit-learn's estimator with ``settings`` and ``network_``."""

    network_: VideoNetwork
    settings: NetworkSettings | None
    recompute: bool

    def sizes(self) -> NetworkSettings:
        """Of the network: the published ones where none were given."""
        return self.settings or NetworkSettings()

    def options(self) -> dict[str, Any]:
        """Parameters, but for those of one machine."""
        held = self.get_params(deep=False)  # type: ignore[attr-defined]
        kept = {name: value for name, value in held.items() if name not in NOT_KEPT}
        return {**kept, "settings": asdict(self.sizes())}

    def state(self) -> bytes:
        """All that was learnt, as bytes for `restore`: those of a file of `etl.arrays`."""
        check_is_fitted(self, "network_")
        learnt = {name: getattr(self, name) for name in LEARNT}
        weights = {name: to_host(value) for name, value in self.network_.state_dict().items()}
        return pack({"options": self.options(), "learnt": learnt}, weights)

    def restore(self, state: bytes) -> Self:
        """Take what another had learnt, its parameters included; in host memory until it is used.

        Raises
        ------
        pyarrow.ArrowInvalid, EOFError, KeyError
            The bytes are damaged.
        """
        told, arrays = unpack(state)
        sizes = told["options"]["settings"]
        settings = NetworkSettings(**{**sizes, "hidden": tuple(sizes["hidden"])})
        self.set_params(  # type: ignore[attr-defined]
            **{**told["options"], "settings": settings}
        )
        with torch.random.fork_rng([]):
            self.network_ = VideoNetwork(settings, self.recompute).eval()
        self.network_.load_state_dict({name: to_torch(array) for name, array in arrays.items()})
        for name, value in told["learnt"].items():
            setattr(self, name, value)
        return self
