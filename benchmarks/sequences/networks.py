"""Estimators from windows: cheap ones, and recurrent networks of equal sizes, each with its search."""

import time
from dataclasses import dataclass, replace
from functools import cache
from itertools import product

import numpy as np
import torch

from benchmarks.sequences.kept import Kept, Made, Row, fingerprint, kept
from benchmarks.sequences.sets import Sequences, Values, Windows
from models.sequences.base import OverWindows
from models.sequences.linear import DLinear, NLinear
from models.sequences.nvar import NVAR
from models.sequences.seq2seq import Recurrence, matched, nearest
from models.sequences.tensor_train import LSTMForecaster, MLSTMForecaster, Recurrent, TTLSTMForecaster

CELLS: dict[str, tuple[type[Recurrent], Row]] = {
    "lstm": (LSTMForecaster, {}),
    "mlstm": (MLSTMForecaster, {"lags": 3}),
    "tt_lstm_2": (TTLSTMForecaster, {"lags": 3, "order": 2, "rank": 4}),
    "tt_lstm_3": (TTLSTMForecaster, {"lags": 3, "order": 3, "rank": 4}),
}
"""Recurrences by name: order and lags of 1 are an LSTM."""
CHEAP = {"nvar": NVAR, "dlinear": DLinear, "nlinear": NLinear}
DELAYS = 12
"""Delayed values of which NVAR has the products."""
WAVES = 3
"""Waves of a season whose phases networks know: the whole, its half and its third."""


@dataclass(frozen=True)
class Search:
    """How recurrent networks are trained, the same for all.

    Attributes
    ----------
    rates : tuple of float
        Learning rates, of which validation windows choose one, by seed 0.
    seeds, batch, parameters : int
        Trainings at that rate; windows of a step; what networks are sized to.
    effort : float
        Steps of a training over those that a set asks for.
    """

    rates: tuple[float, ...] = (0.003, 0.01, 0.03)
    seeds: int = 5
    batch: int = 64
    parameters: int = 10_000
    effort: float = 1.0

    def steps(self, data: Sequences) -> int:
        """Steps of a training."""
        return max(1, round(self.effort * data.steps))


def ahead(model: OverWindows, data: Sequences, windows: Windows) -> Values:
    """Means from each origin, shape (origins, series, horizon)."""
    cut = np.concatenate([windows.y[:, at - data.lookback : at] for at in windows.origins])
    first = torch.tensor(windows.origins).repeat_interleave(len(windows.y)) - data.lookback
    found = model.forecast(torch.from_numpy(cut), first=first)[0].numpy()
    return found.reshape(len(windows.origins), len(windows.y), data.horizon)


def options(name: str, data: Sequences, search: Search) -> list[Row]:
    """What is tried on validation windows."""
    if name in CELLS:
        return [{"learning_rate": rate} for rate in search.rates]
    if name == "nvar":
        skip = max(1, data.lookback // DELAYS)
        tried = product((2, 3), (False, True))
        return [{"skip": skip, "order": order, "iterated": iterated} for order, iterated in tried]
    return [{"scaling": scaling} for scaling in ("global", "window")] if name == "dlinear" else [{}]


def periods(data: Sequences) -> tuple[float, ...]:
    """Periods whose phases networks know."""
    return tuple(data.season / wave for wave in range(1, WAVES + 1)) if data.season > 1 else (1,)


@cache
def sizes(parameters: int, features: int) -> dict[str, Recurrence]:
    """Sizes of each recurrent network, with numbers of parameters within 2 % of the LSTM's.

    Parameters
    ----------
    parameters : int
        Wanted, of the LSTM; the nearest is taken for which the others match.
    features : int
        Beside the value.

    Raises
    ------
    ValueError
        There is no such size near.
    """
    plain, *others = (recurrence(*each) for each in CELLS.values())
    middle, _ = nearest(parameters, plain, features, 1)
    for hidden in sorted(range(max(2, middle - 12), middle + 13), key=lambda size: abs(size - middle)):
        first = replace(plain, hidden=hidden)
        try:
            found = [matched(first.parameters(features, 1), like, features) for like in others]
        except ValueError:
            continue
        return dict(zip(CELLS, (first, *found), strict=True))
    raise ValueError(f"recurrent networks of about {parameters:,} parameters cannot be matched; ask for more")


def recurrence(kind: type[Recurrent], told: Row) -> Recurrence:
    """Sizes of a kind with these options."""
    return kind(1, 1, **told).recurrence()


def estimator(name: str, data: Sequences, search: Search, told: Row, seed: int) -> OverWindows:
    """One that has not learnt.

    Parameters
    ----------
    name : str
        Of `CELLS` or `CHEAP`.
    data : Sequences
    search : Search
    told : dict
        Of `options`.
    seed : int
    """
    shape: Row = {"horizon": data.horizon, "lookback": data.lookback, "season": periods(data), "levels": ()}
    if name in CHEAP:
        return CHEAP[name](**shape, **told)
    kind, more = CELLS[name]
    steps = search.steps(data)
    training = {"steps": steps, "check": max(1, steps // 2), "batch_size": search.batch}
    size = sizes(search.parameters, known(data))[name]
    own = shape | more | told | training | ({"rank": size.rank} if "rank" in more else {})
    return kind(**own, hidden=size.hidden, scaling="global", random_state=seed)


def known(data: Sequences) -> int:
    """Features that networks know of each step."""
    return 2 * WAVES if data.season > 1 else 0


def trained(name: str, data: Sequences, search: Search, told: Row, seed: int, place: Kept) -> Made:
    """Forecasts of one training, with its costs; kept when it is done.

    Parameters
    ----------
    name, data, search, told, seed
        See `estimator`.
    place : Kept
    """
    settings = {"name": name, "seed": seed, "data": fingerprint(data)} | told
    if name in CELLS:
        size = {"batch": search.batch, "parameters": search.parameters, "steps": search.steps(data)}
        settings |= CELLS[name][1] | size

    def make() -> Made:
        began = time.process_time()
        model = estimator(name, data, search, told, seed).fit(torch.from_numpy(data.learn))
        row = {"cpu_s": time.process_time() - began, "chosen": told, "stopped": model.stop_reason_}
        weights = model.network_.parameters() if name in CELLS else [model.weights_]
        row["parameters"] = sum(each.numel() for each in weights)
        return Made(ahead(model, data, data.valid), ahead(model, data, data.test), row)

    return kept(place, f"{data.name}-{name}-{seed}", settings, make)


def searched(name: str, data: Sequences, search: Search, place: Kept) -> list[Made]:
    """Trainings of all seeds with the options that are best on validation windows; ``tried`` has all.

    Parameters
    ----------
    name, data, search, place
        See `trained`.
    """
    tried = [trained(name, data, search, told, 0, place) for told in options(name, data, search)]
    best = min(tried, key=lambda made: made.error(data))
    seeds = range(1, search.seeds if name in CELLS else 1)
    more = [trained(name, data, search, best.told["chosen"], seed, place) for seed in seeds]
    told = [made.told["chosen"] | {"valid": made.error(data)} for made in tried]
    spent = sum(made.told["cpu_s"] for made in tried) - best.told["cpu_s"]
    first = replace(best, told=best.told | {"tried": told, "search_s": spent})
    return [first, *more]
