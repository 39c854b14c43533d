"""What is kept beside a network as it learns: the mean of its weights, and what its losses were."""

from typing import Any

import torch

from etl.engine.types import Module, Tensor
from models.rendering.images import as_floats

EXPECTED = 2000
"""Images by which shares of classes are predicted, at least where there are as many."""
AT_ONCE = 1000
"""Images that are predicted together."""


def posterior(network: Module, images: Tensor) -> Tensor:
    """Probability of each class, (n, classes), a thousand images at a time.

    Parameters
    ----------
    network : torch.nn.Module
    images : Tensor, shape (n, channels, h, w)
        uint8, or floats in [0, 1], on the network's device.
    """
    with torch.no_grad():
        return torch.cat([network(as_floats(part)).softmax(1) for part in images.split(AT_ONCE)])


class Averages:
    """The exponential moving average of a network, and the history of its terms.

    It is a `models.sequences.training.Curriculum`, so that a checkpoint holds it. The average is over fewer
    steps at first: its factor is at most (1 + step) / (10 + step). Buffers are averaged as weights are.

    Parameters
    ----------
    network : torch.nn.Module
        A copy of the one that learns; it becomes the mean.
    decay : float
        Of a step; 0 keeps the last weights.

    Attributes
    ----------
    history : list of dict
        Mean of each term over the steps before a check, and the ``step``.
    shares : Tensor, optional
        Of the classes among unlabelled images, at least, see `expect`.
    """

    factor = 1.0

    def __init__(self, network: Module, decay: float) -> None:
        self.network = network.requires_grad_(False).eval()
        self.decay = decay
        self.history: list[dict[str, float]] = []
        self.shares: Tensor | None = None
        self.sums: dict[str, Tensor] = {}
        self.steps = 0

    def follow(self, network: Module, step: int) -> None:
        """Take the weights after a step.

        Parameters
        ----------
        network : torch.nn.Module
        step : int
            From 1.
        """
        share = 1 - min(self.decay, (1 + step) / (10 + step))
        for mean, new in zip(self.network.parameters(), network.parameters(), strict=True):
            mean.lerp_(new.detach(), share)
        for mean, new in zip(self.network.buffers(), network.buffers(), strict=True):
            if mean.is_floating_point():
                mean.lerp_(new, share)
            else:
                mean.copy_(new)

    def expect(self, labelled: Tensor, images: Tensor) -> None:
        """Take the smaller of a class's shares, among labels and as it is predicted of images.

        Of many images, every so many-th is looked at.

        Parameters
        ----------
        labelled : Tensor, shape (labels, classes)
            Probabilities of the classes.
        images : Tensor, shape (n, channels, h, w)
            uint8, or floats in [0, 1].
        """
        looked_at = images[:: max(1, len(images) // EXPECTED)]
        self.shares = posterior(self.network, looked_at).mean(0).minimum(labelled.mean(0))

    def add(self, terms: dict[str, Tensor]) -> None:
        """Take the terms of a step, which stay on the device until a check.

        Parameters
        ----------
        terms : dict of str to Tensor
            Numbers.
        """
        self.steps += 1
        for name, value in terms.items():
            self.sums[name] = self.sums.get(name, 0) + value.detach()

    def note(self, step: int) -> float:
        """The mean of the losses since the last check, which is read by the host with all terms at once.

        Parameters
        ----------
        step : int
        """
        means = (torch.stack(list(self.sums.values())) / self.steps).tolist()
        self.history.append({"step": step, **dict(zip(self.sums, means, strict=True))})
        self.sums, self.steps = {}, 0
        return self.history[-1]["loss"]

    def update(self, loss: float) -> None:
        """Nothing changes by a check."""

    def state_dict(self) -> dict[str, Any]:
        """The mean, the shares and the history."""
        return {"network": self.network.state_dict(), "history": self.history, "shares": self.shares}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a `state_dict`."""
        self.network.load_state_dict(state["network"])
        self.history, self.shares = list(state["history"]), state["shares"]
