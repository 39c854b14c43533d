"""Completion of a week of traffic with missing entries, beside baselines and TensorLy's masked CP.

``--data`` has ``los_speed.csv``, five-minute speeds of 207 sensors over seven days (METR-LA's week of
T-GCN); of ``--data/transdim.json``, if it is there, errors of methods of ``transdim`` on the same masks are
told beside.
"""

import importlib
import json
import time
import warnings
from collections.abc import Callable

import numpy as np

from benchmarks import harness
from benchmarks.tensors.run import Config, Row
from models.tensors.completion import Completion
from models.tensors.em import additive
from models.tensors.operations import cp_to_tensor

DAYS, SLOTS = 7, 288
SETTINGS = (("entries", 0.3), ("entries", 0.5), ("entries", 0.8), ("sensor-days", 0.3))
RANK = 8
"""Of TensorLy's CP."""


def masks(kind: str, share: float, shape: tuple[int, ...], seed: int) -> np.ndarray:
    """Which entries are seen: some are missing at random, or whole days of a sensor."""
    rng = np.random.default_rng(seed)
    if kind == "entries":
        return rng.random(shape) >= share
    return np.broadcast_to((rng.random(shape[:2]) >= share)[..., None], shape).copy()


def linear(x: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Between the neighbours in time of each sensor."""
    flat, seen = x.reshape(len(x), -1), mask.reshape(len(x), -1)
    places = np.arange(flat.shape[1])
    mean = float(x[mask].mean())
    lines = [
        np.interp(places, places[s], f[s]) if s.any() else 0 * f + mean
        for f, s in zip(flat, seen, strict=True)
    ]
    return np.reshape(lines, x.shape)


def seasonal(x: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The mean of the sensor's days at that time, or where no day was seen, what its slices' means say."""
    count = mask.sum(1, keepdims=True)
    seen = mask[None] * 1.0
    plain = additive(x[None] * seen, seen)[0]
    return np.where(count > 0, (x * mask).sum(1, keepdims=True) / np.maximum(count, 1), plain)


def tensorly(x: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Its masked CP, from singular vectors, 50 sweeps."""
    importlib.import_module("tensorly").set_backend("numpy")
    peer = importlib.import_module("tensorly.decomposition")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return cp_to_tensor(peer.parafac(x * mask, RANK, 50, mask=mask, random_state=0))


def ours(x: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """`Completion`, which chooses for itself."""
    model = Completion((1, 2), smooth=(2,)).fit(x * mask, mask)
    print(*model.choices_, sep="\n", flush=True)
    return model.transform(x * mask, mask)


METHODS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "ours": ours,
    "linear interpolation": linear,
    "seasonal mean": seasonal,
    "TensorLy masked CP": tensorly,
}


def main(config: Config) -> list[Row]:
    """Root mean squared errors on the missing entries; a setting a row."""
    week = np.loadtxt(config.data / "los_speed.csv", delimiter=",", skiprows=1)
    x = week.T.reshape(-1, DAYS, SLOTS)
    others = config.data / "transdim.json"
    beside = json.loads(others.read_text()) if others.exists() else {}
    rows = []
    for kind, share in SETTINGS:
        mask = masks(kind, share, x.shape, config.seed)
        row: Row = {"missing": kind, "share": share, "rmse": {}, "cpu_s": {}}
        for name, method in METHODS.items():
            began = time.process_time()
            found = method(x, mask)
            row["cpu_s"][name] = time.process_time() - began
            row["rmse"][name] = float(np.sqrt(np.mean((np.broadcast_to(found, x.shape) - x)[~mask] ** 2)))
        row["rmse"] |= beside.get(f"{kind} {share}", {})
        rows.append(row)
        print(row, flush=True)
    if config.out:
        harness.write(config.out, rows, versions={"numpy": np.__version__})
    return rows
