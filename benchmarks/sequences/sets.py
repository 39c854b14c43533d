"""Five sets on which sequences are forecast: chaos, a map that dies out, traffic, climate and weather.

Values are over mean and deviation of the training range. Of long series the first part trains, the next
one validates, the last one is judged; of the map, whole trajectories are. Estimators are given both of the
first parts and hold back the last windows themselves; rates are compared on origins within those.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

WEATHER = ("DryBulbCelsius", "DewPointCelsius", "RelativeHumidity", "WindSpeed", "StationPressure")
PENTADS = 73
"""Five-day means of a year; the last day of a leap year is in the last one."""
Values = np.ndarray


@dataclass(frozen=True)
class Windows:
    """Places to forecast from.

    Attributes
    ----------
    y : array of float64, shape (series, time)
    origins : tuple of int
        Columns that are the first to be forecast.
    """

    y: Values
    origins: tuple[int, ...]

    def truth(self, horizon: int) -> Values:
        """Values to forecast, shape (origins, series, horizon)."""
        return np.stack([self.y[:, at : at + horizon] for at in self.origins])


@dataclass(frozen=True)
class Sequences:
    """A set and how it is cut.

    Attributes
    ----------
    name : str
    learn : array, shape (series, time)
        To train and validate.
    valid, test : Windows
        Where rates are compared, and what is judged; where ``goes_on``, their series begin with ``learn``.
    lookback, horizon, season : int
        Steps that windowed methods see, that are forecast, and after which a pattern repeats (1: none).
    memory : int
        Last values of which the climatology is.
    resampled : tuple of str
        What intervals draw again: ``series``, ``origins`` (in blocks of a horizon), or both.
    goes_on : bool
    steps : int
        Of the training of a network.
    facts : dict
        What else is told of it.
    """

    name: str
    learn: Values
    valid: Windows
    test: Windows
    lookback: int
    horizon: int
    season: int
    memory: int = 20_000
    resampled: tuple[str, ...] = ("origins",)
    goes_on: bool = True
    steps: int = 300
    facts: dict[str, list[float]] | None = None


@dataclass(frozen=True)
class Cut:
    """Columns at which ranges end, and steps from one origin to the next."""

    train: int
    valid: int
    stride: int
    valid_stride: int


def chronological(name: str, y: Values, cut: Cut, shape: tuple[int, int, int], **more: object) -> Sequences:
    """A set of long series; ``shape`` is lookback, horizon and season."""
    lookback, horizon, season = shape
    begun = y[:, : cut.train]
    z = (y - begun.mean(1, keepdims=True)) / begun.std(1, keepdims=True)
    late = tuple(range(cut.valid, z.shape[1] - horizon + 1, cut.stride))
    early = tuple(range(cut.train, cut.valid - horizon + 1, cut.valid_stride))
    learn = z[:, : cut.valid]
    windows = Windows(learn, early), Windows(z, late)
    return Sequences(name, learn, *windows, lookback, horizon, season, **more)  # type: ignore[arg-type]


def lorenz(data: Path) -> Sequences:
    """First coordinates of 100 trajectories of the Lorenz equations, .03 a step; 50 steps from 12."""
    y = lorenz_paths(100, 700)[..., 0]
    cut = Cut(450, 560, 45, 30)
    return chronological("lorenz", y, cut, (12, 50, 1), resampled=("series",), steps=600)


def lorenz_paths(count: int, steps: int, between: float = 0.03, fine: int = 6) -> Values:
    """Trajectories by the Runge-Kutta method of order 4, shape (count, steps, 3), after 300 steps unseen."""
    state = np.random.default_rng(0).normal(size=(count, 3)) * 8 + np.array([0.0, 0.0, 25.0])
    h, out = between / fine, []
    for step in range(steps + 300):
        for _ in range(fine):
            a = _flow(state)
            b = _flow(state + h / 2 * a)
            c = _flow(state + h / 2 * b)
            state = state + h / 6 * (a + 2 * b + 2 * c + _flow(state + h * c))
        if step >= 300:
            out.append(state)
    return np.stack(out, 1)


def _flow(state: Values) -> Values:
    x, y, z = state.T
    return np.stack([10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z], 1)


def genz(data: Path) -> Sequences:
    """Trajectories of x' = 1 / (c^-2 + (x + w)^2), w = .5, c = 1: a map that contracts to .5."""
    y = genz_paths(1000, 74)
    z = (y - y[:680].mean()) / y[:680].std()
    windows = Windows(z[680:800], (12,)), Windows(z[800:], (12,))
    spread = {"spread": [float(value) for value in y[:800].std(0)]}
    more = {"resampled": ("series",), "goes_on": False, "steps": 100, "facts": spread}
    return Sequences("genz", z[:800], *windows, 12, 50, 1, **more)  # type: ignore[arg-type]


def genz_paths(count: int, steps: int, w: float = 0.5, c: float = 1.0) -> Values:
    """Trajectories from uniform starts, shape (count, steps)."""
    x, out = np.random.default_rng(0).random(count), []
    for _ in range(steps):
        out.append(x)
        x = 1 / (c**-2 + (x + w) ** 2)
    return np.stack(out, 1)


def traffic(data: Path) -> Sequences:
    """Speeds of 207 sensors every five minutes in a week; four days train, one validates, two are judged."""
    y = pd.read_csv(data / "traffic_metrla_week" / "los_speed.csv").to_numpy("float64").T
    day = 288
    cut = Cut(4 * day, 5 * day, 16, 48)
    return chronological("traffic", y, cut, (12, 48, day), resampled=("series", "origins"))


def ushcn(data: Path) -> Sequences:
    """Five-day means of daily maxima at a station of Texas, 73 a year; to 1980, to 1993, to 2013."""
    y = pentads(data / "ushcn" / "texas.csv.gz")
    cut = Cut(79 * PENTADS, 92 * PENTADS, 5, 5)
    return chronological("ushcn", y[None], cut, (12, 61, PENTADS))


def pentads(path: Path) -> Values:
    """Means of five days of a year; one without a value takes that of its place in other years."""
    rows = pd.read_csv(path, skiprows=1, skipinitialspace=True)
    rows.columns = [name.strip() for name in rows.columns]
    rows["day"] = pd.to_datetime(rows[["Year", "Month", "Day"]], errors="coerce")
    rows["value"] = pd.to_numeric(rows["TMAX (F)"], errors="coerce")
    rows = rows.dropna(subset=["day", "value"])
    place = np.minimum((rows["day"].dt.dayofyear - 1) // 5, PENTADS - 1)
    table = rows.pivot_table(values="value", index="Year", columns=place, aggfunc="mean")
    table = table.reindex(range(int(table.index[0]), int(table.index[-1]) + 1))
    return table.ffill().to_numpy("float64").ravel()


def weather(data: Path) -> Sequences:
    """Five columns of hourly weather in four years; 70 % trains, a tenth validates."""
    rows = pd.read_csv(data / "weather_wth.csv.gz", usecols=list(WEATHER))
    y = rows[list(WEATHER)].to_numpy("float64").T
    cut = Cut(24_576, 28_080, 47, 47)
    return chronological("weather", y, cut, (48, 96, 24), memory=672, steps=200)


SETS: dict[str, Callable[[Path], Sequences]] = {
    "lorenz": lorenz,
    "genz": genz,
    "traffic": traffic,
    "ushcn": ushcn,
    "weather": weather,
}
"""Sets by name; each takes the directory of the data."""
