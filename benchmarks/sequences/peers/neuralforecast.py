"""neuralforecast's networks on windows of a file.

``python -m benchmarks.sequences.peers.neuralforecast REQUEST``

It runs in an environment of its own (pandas 2), so it imports nothing of ours but what needs NumPy alone.
Asked on the command line for a JSON request, it writes ``valid`` by rate and ``test`` by seed to ``out``.
"""

import importlib
import json
import logging
import sys
import time
import warnings
from typing import Any, Protocol

import numpy as np
import pandas as pd

Row = dict[str, Any]
Values = np.ndarray
MODELS: dict[str, tuple[str, Row]] = {
    "nhits": ("NHITS", {"mlp_units": 3 * [[64, 64]], "n_pool_kernel_size": [4, 2, 1]}),
    "nf_lstm": ("LSTM", {"encoder_hidden_size": 64, "encoder_n_layers": 1, "decoder_hidden_size": 64}),
}


class Fitted(Protocol):
    """What has learnt."""

    def predict(self, df: pd.DataFrame, futr_df: pd.DataFrame | None = None) -> pd.DataFrame:
        """Forecasts after the ends of series."""
        ...


def long(values: Values, first: Values, season: int) -> pd.DataFrame:
    """A long frame of series (series, time) whose steps are numbered from ``first``, with the phase."""
    series, time_ = values.shape
    step = (first[:, None] + np.arange(time_)).ravel()
    frame = pd.DataFrame({"unique_id": np.repeat(np.arange(series), time_), "ds": step, "y": values.ravel()})
    return frame.assign(**phase(step, season))


def phase(step: Values, season: int) -> dict[str, Values]:
    """Sine and cosine of the place in a season; nothing where there is none."""
    if season == 1:
        return {}
    return {"sine": np.sin(2 * np.pi * step / season), "cosine": np.cos(2 * np.pi * step / season)}


def trained(request: Row, learn: Values, rate: float, seed: int) -> tuple[Fitted, Row]:
    """A model that learnt, and its parameters and seconds."""
    library = importlib.import_module("neuralforecast")
    name, options = MODELS[request["model"]]
    make = getattr(importlib.import_module("neuralforecast.models"), name)
    known = list(phase(np.zeros(1), request["season"])) or None
    model = make(
        h=request["horizon"],
        input_size=request["lookback"],
        loss=importlib.import_module("neuralforecast.losses.pytorch").MSE(),
        futr_exog_list=known,
        scaler_type="identity",
        learning_rate=rate,
        max_steps=request["steps"],
        val_check_steps=request["steps"],
        early_stop_patience_steps=-1,
        random_seed=seed,
        windows_batch_size=request["batch"],
        batch_size=min(len(learn), 32),
        start_padding_enabled=False,
        accelerator="cpu",
        enable_progress_bar=False,
        enable_model_summary=False,
        logger=False,
        enable_checkpointing=False,
        **options,
    )
    began = time.process_time()
    fitted = library.NeuralForecast([model], freq=1)
    fitted.fit(long(learn, np.zeros(len(learn), int), request["season"]))
    size = sum(p.numel() for p in fitted.models[0].parameters() if p.requires_grad)
    return fitted, {"parameters": size, "cpu_s": time.process_time() - began, "column": name}


def ahead(fitted: Fitted, request: Row, history: Values, first: Values, column: str) -> Values:
    """Forecasts from the ends of histories (windows, lookback), shape (windows, horizon)."""
    horizon, season = request["horizon"], request["season"]
    future = None
    if season > 1:
        begun = first + history.shape[1]
        future = long(np.zeros((len(history), horizon)), begun, season).drop(columns="y")
    found = fitted.predict(long(history, first, season), futr_df=future)
    column = column if column in found else f"{column}-median"
    return found.sort_values(["unique_id", "ds"])[column].to_numpy("float64").reshape(-1, horizon)


def main(request: Row) -> None:
    """Compare rates by the error on validation windows, then forecast the test windows by each seed."""
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    given = np.load(request["data"])
    learn = given["learn"]
    tried, cost, made, found = [], [], {}, {}
    for rate in request["rates"]:
        made[rate], told = trained(request, learn, rate, 0)
        found[rate] = ahead(made[rate], request, given["valid"], given["valid_first"], told["column"])
        score = float(np.sqrt(np.mean((found[rate] - given["valid_truth"]) ** 2)))
        tried.append({"learning_rate": rate, "valid": score})
        cost.append(told["cpu_s"])
    rate = min(tried, key=lambda each: each["valid"])["learning_rate"]
    valid, test = list[Values](), list[Values]()
    for seed in range(request["seeds"]):
        if seed:
            made[rate], told = trained(request, learn, rate, seed)
            cost.append(told["cpu_s"])
        for part, out in (("valid", valid), ("test", test)):
            out.append(ahead(made[rate], request, given[part], given[f"{part}_first"], told["column"]))
    np.savez(request["out"], test=np.stack(test), valid=np.stack(valid))
    print(json.dumps(told | {"chosen": {"learning_rate": rate}, "tried": tried, "cpu_s": sum(cost)}))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
