"""Conv-TT-LSTM beside ConvLSTM, learnt on a CPU: one digit of MNIST that moves, five frames from five.

Each network takes the rate that is best for it on clips for validation, a mean over seeds, and is judged then
on clips of digits that neither saw. Trainings run in processes of one thread.
"""

import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from statistics import fmean, stdev
from typing import NamedTuple

import torch

from benchmarks import harness
from benchmarks.video.run import Config, Row
from etl.engine import choose
from etl.engine.types import Tensor
from etl.handoff import to_torch
from etl.video.digits import Use, digits
from etl.video.moving_digits import MovingDigits
from models.video.forecaster import VideoForecaster
from models.video.metrics import CONVENTIONS, black, copy_last, mse, ssim
from models.video.network import NetworkSettings

SIDE, CANVAS, FRAMES = 14, (24, 24), 5
HIDDEN = (10, 12, 12, 10)
NETWORKS = {
    "ConvLSTM": NetworkSettings.conv_lstm(hidden=HIDDEN, layers=1, kernel=3),
    "Conv-TT-LSTM": NetworkSettings(hidden=HIDDEN, layers=1, kernel=3, rank=4),
}
RATES = (5e-3,)
CLIPS = {"train": 0, "validation": 64, "test": 512}
"""Clips that are held at once; those to learn from are made as they are needed."""


class Job(NamedTuple):
    """One training."""

    network: str
    seed: int
    rate: float
    steps: int
    data: Path | None


def main(config: Config) -> list[Row]:
    """Learn and judge; returns a row a network and seed, and those of the baselines."""
    rates = RATES if config.rates == () else config.rates
    steps = config.steps or 400
    jobs = [
        Job(network, seed, rate, steps, config.data)
        for seed in range(config.seeds)
        for network in NETWORKS
        for rate in rates
    ]
    with ProcessPoolExecutor(config.workers, get_context("spawn")) as pool:
        found = [_told(row) for row in pool.map(learnt, jobs)]
    rows, chosen = baselines(config.data), best(found)
    rows += [row for row in found if row["rate"] == chosen[row["network"]]]
    ratios = summary(rows)
    for row in ratios:
        print(row, flush=True)
    if config.out:
        tried = {"tried": found}
        harness.write(config.out, rows, ratios=ratios, versions={"torch": torch.__version__}, **tried)
    return ratios


def learnt(job: Job) -> Row:
    """One training, and its errors on clips of other digits.

    Parameters
    ----------
    job : Job
    """
    torch.set_num_threads(1)
    forecaster = VideoForecaster(
        NETWORKS[job.network],
        FRAMES,
        FRAMES,
        steps=job.steps,
        learning_rate=job.rate,
        check=max(job.steps // 20, 1),
        plateau=1,
        fall=0.1,
        random_state=job.seed,
    )
    validation, test = (held(use, job.data) for use in ("validation", "test"))
    started = time.process_time()
    forecaster.fit(made("train", job.data, 100 + job.seed), validation)
    seconds = time.process_time() - started
    truth = test[:, FRAMES:]
    errors = judged(truth, forecaster.predict(test[:, :FRAMES]))
    parameters = sum(each.numel() for each in forecaster.network_.parameters())
    told = {"parameters": parameters, "validation_mse": forecaster.validation_, "cpu_s": seconds}
    return {"network": job.network, "seed": job.seed, "rate": job.rate} | told | errors


def baselines(data: Path | None) -> list[Row]:
    """Errors of a black frame and of the last one.

    Parameters
    ----------
    data : Path, optional
    """
    test = held("test", data)
    seen, truth = test[:, :FRAMES], test[:, FRAMES:]
    found = {"black": black(seen, FRAMES), "copy last": copy_last(seen, FRAMES)}
    return [{"network": name, "parameters": 0} | judged(truth, each) for name, each in found.items()]


def judged(truth: Tensor, predicted: Tensor) -> Row:
    """MSE summed over a frame, by frame and its mean, and SSIM in each convention.

    Parameters
    ----------
    truth, predicted : Tensor, shape (n, frames, channels, h, w)
    """
    by_frame = mse(truth, predicted).mean(0)
    similar = {f"ssim {name}": float(ssim(truth, predicted, name).mean()) for name in CONVENTIONS}
    return {"mse": float(by_frame.mean()), "mse_by_frame": by_frame.tolist()} | similar


def best(found: list[Row]) -> dict[str, float]:
    """The rate of each network that has the least mean error on the clips for validation.

    Parameters
    ----------
    found : list of dict
    """
    errors: dict[str, dict[float, list[float]]] = {}
    for row in found:
        errors.setdefault(row["network"], {}).setdefault(row["rate"], []).append(row["validation_mse"])
    return {name: min(each, key=lambda rate: fmean(each[rate])) for name, each in errors.items()}


def summary(rows: list[Row]) -> list[Row]:
    """Means and deviations over seeds, beside those of black frames and of the last one.

    Parameters
    ----------
    rows : list of dict
    """
    base = {row["network"]: row["mse"] for row in rows if not row["parameters"]}
    found = []
    for name in dict.fromkeys(row["network"] for row in rows):
        own = [row for row in rows if row["network"] == name]
        errors = [row["mse"] for row in own]
        shares = {f"of {other}": fmean(errors) / value for other, value in base.items()}
        told = {"seeds": len(own), "mse": fmean(errors), "deviation": stdev(errors) if own[1:] else 0.0}
        similar = {key: fmean(row[key] for row in own) for key in own[0] if key.startswith("ssim")}
        cost = {"rate": own[0].get("rate"), "cpu_s": fmean(row.get("cpu_s", 0.0) for row in own)}
        found.append({"network": name, "parameters": own[0]["parameters"]} | told | shares | similar | cost)
    return found


def made(use: Use, data: Path | None, seed: int) -> MovingDigits:
    """Clips of one digit of 14 pixels on 24 x 24.

    Parameters
    ----------
    use : {"train", "validation", "test"}
        Whose digits are drawn.
    data : Path, optional
        MNIST; scikit-learn's digits without it.
    seed : int
    """
    engine = choose("cpu")
    return MovingDigits(digits(data, use, engine, SIDE), CANVAS, count=1, frames=2 * FRAMES, seed=seed)


def held(use: Use, data: Path | None) -> Tensor:
    """Clips to compare or to judge by.

    Parameters
    ----------
    use : {"validation", "test"}
    data : Path, optional
    """
    return to_torch(made(use, data, 1 + list(CLIPS).index(use)).clips(range(CLIPS[use])))


def _told(row: Row) -> Row:
    print({name: row[name] for name in ("network", "seed", "rate", "validation_mse", "mse")}, flush=True)
    return row
