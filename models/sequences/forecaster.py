"""A network that forecasts from windows, trained with early stopping; a subclass gives the network."""

from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path

import torch
from torch.optim import Optimizer

from etl.engine.types import Module, Tensor
from models.sequences.base import OverWindows
from models.sequences.heads import Head, Point
from models.sequences.schedule import Schedule
from models.sequences.split import Split
from models.sequences.training import Training
from models.sequences.windows import Batch, Windows

NETWORK = "network."


class WindowForecaster(OverWindows):
    """Many series as one batch; a subclass gives ``_network``.

    Parameters
    ----------
    horizon, lookback : int
        Steps to forecast, and steps that are looked at.
    season : float or tuple of float
        Steps of periods whose phase (sine, cosine) is known of each step; 1 is none.
    levels : tuple of int
        Of intervals, in percent.
    scaling : {"window", "last", "series", "global"}
        How each window is scaled: by its own mean and deviation, about its last value, by those of its
        series so far, or as all are.
    steps, learning_rate, check, patience, weight_decay
        See `models.sequences.schedule.Schedule`.
    batch_size : int
    random_state : int
        Of weights, batches and draws; the global generator is left as it was.
    checkpoint : Path or str, optional
        File from which a training that was cut off goes on; it is written at each check.

    Attributes
    ----------
    network_ : torch.nn.Module
        With the weights of the least validation loss.
    n_iter_ : int
        Steps of the training.
    stop_reason_ : str
    validation_ : float
        Least validation loss; of one output, in squared deviations of the series.
    notes_, parted_, widths_
        See `models.sequences.base`.
    """

    network_: Module
    dtype = torch.float32

    def __init__(
        self,
        horizon: int,
        lookback: int,
        *,
        season: float | tuple[float, ...] = 1,
        levels: tuple[int, ...] = (80, 95),
        scaling: str = "window",
        steps: int = 1000,
        learning_rate: float = 3e-3,
        batch_size: int = 128,
        check: int = 50,
        patience: int = 6,
        weight_decay: float = 0.0,
        random_state: int = 0,
        checkpoint: Path | str | None = None,
    ) -> None:
        self.horizon = horizon
        self.lookback = lookback
        self.season = season
        self.levels = levels
        self.scaling = scaling
        self.steps = steps
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.check = check
        self.patience = patience
        self.weight_decay = weight_decay
        self.random_state = random_state
        self.checkpoint = checkpoint

    def state_dict(self) -> dict[str, Tensor]:
        """See `OverWindows.state_dict`; the network's, too."""
        return super().state_dict() | {
            NETWORK + name: value for name, value in self.network_.state_dict().items()
        }

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """See `OverWindows.load_state_dict`.

        Parameters
        ----------
        state : mapping of str to tensor
        """
        super().load_state_dict(state)
        own = {n.removeprefix(NETWORK): value for n, value in state.items() if n.startswith(NETWORK)}
        features = 2 * sum(period > 1 for period in self.periods())
        with torch.random.fork_rng([]):
            network = self._network(features).to(state["widths"].device, self.dtype)
        network.load_state_dict(own)
        self.network_ = network.eval()

    def _check(self) -> None:
        super()._check()
        if self.batch_size < 1:
            raise ValueError(f"batch_size is {self.batch_size}; it is at least 1")

    @abstractmethod
    def _network(self, features: int) -> Module:
        """A network ``(window (B, lookback, 1 + features), known (B, horizon, features))``.

        It returns (B, horizon, outputs of the head).
        """

    def _head(self) -> Head:
        """What outputs mean; by default one is the mean."""
        return Point()

    def _outputs(self, network: Module, batch: Batch, step: int) -> Tensor:
        """Outputs in training, which may look at ``batch.target``, NaN where it is missing."""
        return network(batch.window, batch.known)

    def _stepped(self, optimizer: Optimizer, step: int) -> None:
        """Called after each step of training, with the number of steps made."""

    def _learn(self, made: Windows, parts: Split) -> None:
        schedule = Schedule(
            self.steps, self.learning_rate, self.check, self.patience, self.weight_decay, self.random_state
        )
        device = made.y.device
        with torch.random.fork_rng([device] if device.type == "cuda" else []):
            torch.manual_seed(self.random_state)
            self.network_ = self._network(made.features.shape[2]).to(device, self.dtype)
            training = Training(self.network_, schedule, self.checkpoint, self._told(made, parts))
            self.stop_reason_ = training.fit(
                lambda generator, step: self._drawn(made, parts.train, generator, step),
                lambda: self._compared(made, parts.validation),
                self._stepped,
            )
        self.n_iter_, self.validation_ = training.progress.step, training.progress.best
        self.network_.eval()
        self._judge(made, parts.validation)

    def _told(self, made: Windows, parts: Split) -> str:
        """What a checkpoint must agree with: options, shapes and the sum of the data."""
        told = {name: value for name, value in self.get_params().items() if name != "checkpoint"}
        size = tuple(made.y.shape), parts.train.shape[1], float(made.y.nansum())
        return f"{type(self).__name__}, {told}, {size}"

    def _drawn(self, made: Windows, at: Tensor, generator: torch.Generator, step: int) -> Tensor:
        """Loss of windows that are drawn."""
        drawn = torch.randint(at.shape[1], (self.batch_size,), generator=generator, device=at.device)
        batch = made.cut(*at[:, drawn])
        total, count = self._sums(self._outputs(self.network_, batch, step), batch)
        return total / count

    def _compared(self, made: Windows, at: Tensor) -> Tensor:
        """Loss of all windows."""
        sums = [self._sums(self.network_(b.window, b.known), b) for b in self._batches(made, at)]
        total, count = torch.stack([torch.stack(pair) for pair in sums]).sum(0)
        return total / count

    def _sums(self, found: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """Sum of the losses of values that are known, and their number."""
        head, seen = self._head(), ~torch.isnan(batch.target)
        losses = head.loss(found, batch.target.nan_to_num()) * batch.unit.to(found.dtype) ** head.power
        return torch.where(seen, losses, 0).sum(), seen.sum().to(losses.dtype)

    def _scaled(self, batch: Batch) -> Tensor:
        return self._head().bounds(self.network_(batch.window, batch.known), self.levels)
