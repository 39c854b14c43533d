"""What the forecasting pipeline is told: which series, how far ahead, by which models."""

from dataclasses import dataclass
from pathlib import Path

from etl.engine import Device
from models.statespace.panel import COLUMNS
from pipelines.forecast.methods import MODELS, Plan


@dataclass(frozen=True)
class Config:
    """From a long frame of series to forecasts, judged from rolling origins."""

    data: Path | None = None
    """CSV or Parquet of a row a series and date; None takes made hourly series."""
    columns: tuple[str, str, str] = COLUMNS
    """Columns of the series' names, of dates or whole numbers, and of values."""
    season: int = 24
    """Steps of a season; 1 is none."""
    cycle: tuple[float, int] = (0.0, 0)
    """Steps after which the climatology repeats, and steps to each side that it takes together; such as
    365.25 7 for days of a year. 0 takes the season."""
    horizon: int = 24
    """Steps that are forecast."""
    windows: int = 4
    """Origins that forecasts are judged from, a horizon apart."""
    calibrate: int = 2
    """Origins before those, whose errors scale the intervals of models; 0 leaves them."""
    models: tuple[str, ...] = ("ets", "arima", "anomalies")
    """Of ets, arima, auto and anomalies, which is ARIMA on what differs from the climatology."""
    levels: tuple[int, ...] = (80, 95)
    """Intervals, in percent."""
    device: Device = "auto"
    """Where the data lives; auto takes a GPU if one answers."""
    out: Path = Path("runs")
    """Directory of run folders."""
    seed: int = 0
    """Of made series."""

    def plan(self) -> Plan:
        """What the backtest needs of this."""
        return Plan(self.season, self.horizon, self.models, self.levels, *self.cycle)


def check(config: Config) -> None:
    """Refuse what cannot be run before any work, with a ValueError."""
    for name in ("season", "horizon", "windows"):
        if getattr(config, name) < 1:
            raise ValueError(f"--{name} is {getattr(config, name)}; it is 1 at least")
    if config.calibrate < 0 or config.cycle[1] < 0 or config.cycle[0] < 0:
        raise ValueError("--calibrate and --cycle are not negative")
    if unknown := set(config.models) - set(MODELS):
        raise ValueError(f"--models {', '.join(sorted(unknown))} is unknown; there are {', '.join(MODELS)}")
    if not config.levels or any(not 0 < level < 100 for level in config.levels):
        raise ValueError(f"--levels are percentages between 0 and 100, not {config.levels}")
