"""Forecasters whose network is sequence-to-sequence: LSTM, MLSTM, tensor-train LSTM and RNN.

Source: Yu, Zheng, Anandkumar, Yue, "Long-term forecasting using higher-order tensor RNNs", arXiv 1711.00073.
"""

from abc import abstractmethod
from inspect import signature
from typing import Any, Literal, get_args

from torch.optim import Optimizer

from etl.engine.types import Module, Tensor
from models.sequences.forecaster import WindowForecaster
from models.sequences.heads import Gaussian, Head, Point, Quantile
from models.sequences.rounding import Rounding
from models.sequences.sampling import Sampling
from models.sequences.seq2seq import Recurrence, Seq2Seq
from models.sequences.windows import Batch

Meaning = Literal["point", "quantile", "gaussian"]


class Recurrent(WindowForecaster):
    """What these forecasters share: heads and scheduled sampling.

    Parameters
    ----------
    horizon, lookback : int
    hidden, layers : int
        Of the encoder, and of the decoder.
    head : {"point", "quantile", "gaussian"}
        Means, with intervals from errors of validation windows; quantiles of ``levels``, by pinball loss; or
        normal distributions, by likelihood.
    sampling : Sampling, optional
        When the decoder is given the truth in training; by default never.
    **options
        See `models.sequences.forecaster.WindowForecaster`.
    """

    def __init__(
        self,
        horizon: int,
        lookback: int,
        *,
        hidden: int = 32,
        layers: int = 1,
        head: Meaning = "point",
        sampling: Sampling | None = None,
        **options: Any,
    ) -> None:
        super().__init__(horizon, lookback, **options)
        self.hidden = hidden
        self.layers = layers
        self.head = head
        self.sampling = sampling

    @classmethod
    def _get_param_names(cls) -> list[str]:
        """Of the signatures of the class and of those that it passes options on to."""
        classes = [each for each in cls.__mro__ if issubclass(each, WindowForecaster)]
        told = [part for each in classes for part in signature(each.__init__).parameters.values()]
        return sorted({part.name for part in told if part.kind != part.VAR_KEYWORD} - {"self"})

    @abstractmethod
    def recurrence(self) -> Recurrence:
        """Sizes of the network."""

    def _network(self, features: int) -> Module:
        head = self._head()
        return Seq2Seq(features, head.outputs, self.recurrence(), head.point)

    def _head(self) -> Head:
        if self.head not in get_args(Meaning):
            raise ValueError(f"head is {self.head!r}; it must be one of {', '.join(get_args(Meaning))}")
        if self.head == "quantile":
            return Quantile(self.levels)
        return Gaussian() if self.head == "gaussian" else Point()

    def _outputs(self, network: Module, batch: Batch, step: int) -> Tensor:
        if self.sampling is None:
            return network(batch.window, batch.known)
        taught = self.sampling.draw(step, tuple(batch.target.shape), batch.target.device)
        return network(batch.window, batch.known, batch.target, taught)


class LSTMForecaster(Recurrent):
    """The LSTM: order 1, one lag. See `Recurrent` for parameters."""

    def recurrence(self) -> Recurrence:
        """Sizes of the network."""
        return Recurrence(self.hidden, self.layers)


class MLSTMForecaster(Recurrent):
    """The LSTM over several lags: order 1, a matrix for each lag (Soltani and Jiang, arXiv 1605.00064).

    Parameters
    ----------
    horizon, lookback
        See `Recurrent`.
    lags : int
        L, how many past states gates see.
    **options
        See `Recurrent`.
    """

    def __init__(self, horizon: int, lookback: int, *, lags: int = 3, **options: Any) -> None:
        super().__init__(horizon, lookback, **options)
        self.lags = lags

    def recurrence(self) -> Recurrence:
        """Sizes of the network."""
        return Recurrence(self.hidden, self.layers, lags=self.lags)


class TTLSTMForecaster(MLSTMForecaster):
    """The tensor-train LSTM: gates are a polynomial of degree ``order`` in the last ``lags`` states.

    Parameters
    ----------
    horizon, lookback
        See `Recurrent`.
    order, rank : int
        P and r, see `models.sequences.cell.Cell`.
    rounding : Rounding, optional
        When ranks may fall in training; by default never.
    **options
        ``lags``, and those of `Recurrent`.
    """

    kind: Literal["lstm", "rnn"] = "lstm"

    def __init__(
        self,
        horizon: int,
        lookback: int,
        *,
        order: int = 2,
        rank: int = 4,
        rounding: Rounding | None = None,
        **options: Any,
    ) -> None:
        super().__init__(horizon, lookback, **options)
        self.order = order
        self.rank = rank
        self.rounding = rounding

    def _stepped(self, optimizer: Optimizer, step: int) -> None:
        if self.rounding is not None:
            self.rounding.apply(self.network_, optimizer, step)

    def recurrence(self) -> Recurrence:
        """Sizes of the network."""
        return Recurrence(self.hidden, self.layers, self.order, self.lags, self.rank, self.kind)


class TTRNNForecaster(TTLSTMForecaster):
    """The tensor-train RNN: the state is tanh of the polynomial. See `TTLSTMForecaster` for parameters."""

    kind = "rnn"
