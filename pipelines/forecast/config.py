"""What the forecasting pipeline is told: which series, how far ahead, by which models."""

from pathlib import Path
from typing import Annotated

from models.statespace.backtest import MODELS
from models.statespace.baselines import Plan
from models.statespace.panel import COLUMNS
from pipelines.run import AtLeast, Common, settings


@settings
class Config(Common):
    """From a long frame of series to forecasts, judged from rolling origins."""

    data: Path | None = None
    """CSV or Parquet of a row a series and date; None takes made hourly series."""
    columns: tuple[str, str, str] = COLUMNS
    """Columns of the series' names, of dates or whole numbers, and of values."""
    season: Annotated[int, AtLeast(1)] = 24
    """Steps of a season; 1 is none."""
    cycle: tuple[float, int] = (0.0, 0)
    """Steps after which the climatology repeats, and steps to each side that it takes together; such as
    365.25 7 for days of a year. 0 takes the season."""
    horizon: Annotated[int, AtLeast(1)] = 24
    """Steps that are forecast."""
    windows: Annotated[int, AtLeast(1)] = 4
    """Origins that forecasts are judged from, a horizon apart."""
    calibrate: Annotated[int, AtLeast(0)] = 2
    """Origins before those, whose errors scale the intervals of models; 0 leaves them."""
    models: tuple[str, ...] = ("ets", "arima", "anomalies")
    """Of ets, arima, auto and anomalies, which is ARIMA on what differs from the climatology."""
    levels: tuple[int, ...] = (80, 95)
    """Intervals, in percent."""

    def plan(self) -> Plan:
        """What the backtest needs of this."""
        return Plan(self.season, self.horizon, self.models, self.levels, *self.cycle)

    def __post_init__(self) -> None:
        """Refuse what cannot be run before any work, with a ValueError."""
        super().__post_init__()
        if self.cycle[1] < 0 or self.cycle[0] < 0:
            raise ValueError(f"--cycle is {self.cycle}; it is not negative")
        if unknown := set(self.models) - set(MODELS):
            names = ", ".join(sorted(unknown))
            raise ValueError(f"--models {names} is unknown; there are {', '.join(MODELS)}")
        if not self.levels or any(not 0 < level < 100 for level in self.levels):
            raise ValueError(f"--levels are percentages between 0 and 100, not {self.levels}")
