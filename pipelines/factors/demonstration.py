"""Flows of sensors, days and minutes that are made of three patterns, with gaps and a few wrong counts."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from etl.tensors.modes import Kind

SENSORS, DAYS, STEP = 24, 28, 15
"""Sensors, days, and minutes from one count to the next."""
NOISE = 2.0
"""Standard deviation of the noise, in vehicles."""
GONE, DARK, WRONG = 0.15, 25, 40
"""Share of cells that are missing one by one; days of a sensor that are missing whole; wrong counts."""


@dataclass(frozen=True, eq=False)
class Truth:
    """What the cells were made of.

    Attributes
    ----------
    factors : list of float arrays, shape (labels, 3)
        Of sensors, days and minutes.
    whole : float array, shape (sensors, days, minutes)
        Without noise and wrong counts.
    wrong : bool array, shape (sensors, days, minutes)
        Where a wrong count is seen.
    """

    factors: list[np.ndarray]
    whole: np.ndarray
    wrong: np.ndarray


def make(seed: int) -> tuple[pa.Table, dict[str, Kind], Truth]:
    """A long table of the cells that are seen, what its modes are, and what it was made of."""
    rng = np.random.default_rng(seed)
    factors = [_sensors(rng), _days(rng), _minutes()]
    whole = np.einsum("ar,br,cr->abc", *factors)
    wrong = _wrong(rng, whole.shape)
    values = whole + NOISE * rng.normal(size=whole.shape)
    values = np.where(
        wrong, values + rng.choice([-1, 1], whole.shape) * rng.uniform(40, 90, whole.shape), values
    )
    seen = rng.random(whole.shape) > GONE
    for sensor, day in zip(rng.integers(SENSORS, size=DARK), rng.integers(DAYS, size=DARK), strict=True):
        seen[sensor, day] = False
    sensor, day, minute = np.nonzero(seen)
    start = np.datetime64("2026-03-02", "D")
    table = {
        "sensor": pa.array([f"S{place + 1:02}" for place in range(SENSORS)]).take(pa.array(sensor)),
        "day": pa.array((start + day).astype("M8[us]").astype("int64")),
        "minute": pa.array(minute * STEP * 60_000_000),
        "value": pa.array(values[seen]),
    }
    kinds: dict[str, Kind] = {"sensor": "id", "day": "date", "minute": "clock"}
    return pa.table(table), kinds, Truth(factors, whole, wrong & seen)


def _sensors(rng: np.random.Generator) -> np.ndarray:
    """How much of each pattern a sensor sees: into town, out of town, and all day."""
    return rng.gamma([2.0, 2.0, 3.0], 0.5, (SENSORS, 3)) + 0.05


def _days(rng: np.random.Generator) -> np.ndarray:
    """Mornings are of workdays, evenings of Fridays; what flows all day is of weekends, and grows."""
    week = [[1.0, 0.7, 0.8], [1.0, 0.8, 0.8], [1.0, 0.9, 0.8], [1.0, 1.0, 0.8], [0.8, 1.4, 0.9],
            [0.1, 0.5, 1.3], [0.1, 0.2, 1.1]]  # fmt: skip
    found = np.tile(week, (DAYS // 7, 1)) * rng.uniform(0.9, 1.1, (DAYS, 3))
    found[:, 2] *= np.linspace(0.8, 1.2, DAYS)
    return found


def _minutes() -> np.ndarray:
    """A morning, an evening, and a long day, in vehicles a quarter of an hour."""
    hour = np.arange(0, 24, STEP / 60)
    peaks = [(8.0, 1.2, 60.0), (17.5, 1.6, 55.0), (14.0, 4.5, 30.0)]
    found = [height * np.exp(-0.5 * ((hour - at) / wide) ** 2) for at, wide, height in peaks]
    return np.column_stack([*found[:2], found[2] + 6.0])


def _wrong(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    found = np.zeros(int(np.prod(shape)), bool)
    found[rng.choice(len(found), WRONG, replace=False)] = True
    return found.reshape(shape)
