"""What the forecasting pipeline is told: which series, how far ahead, by which models."""

from pathlib import Path
from typing import Annotated

from models.sequences.learners import METHODS
from models.statespace.baselines import Plan
from models.statespace.panel import COLUMNS
from models.statespace.standing import MODELS
from pipelines.run import AtLeast, Common, Tables, settings


@settings
class Config(Common, Tables):
    """From a long frame of series to forecasts, judged from rolling origins."""

    data: Path | None = None
    """Table, or folder of tables, with a row for each series and date; None simulates hourly series."""
    columns: tuple[str, str, str] = COLUMNS
    """Names of the columns that hold the series, the date (or a whole number) and the value."""
    wide: bool = False
    """Whether tables are a row a date and a column a series, after a column of dates."""
    date_format: str | None = None
    """Format of dates that are text or numbers, as in strptime, such as %m/%d/%Y; by default ISO's."""
    season: Annotated[int, AtLeast(1)] = 24
    """Steps after which the pattern repeats, such as 24 for hours of a day; 1 for no season."""
    cycle: tuple[float, int] = (0.0, 0)
    """Steps after which the climatology repeats, and steps to each side to average.
    Such as 365.25 7 for days of a year; 0 takes the season."""
    horizon: Annotated[int, AtLeast(1)] = 24
    """Steps to forecast."""
    windows: Annotated[int, AtLeast(1)] = 4
    """Origins from which forecasts are judged, one horizon apart."""
    calibrate: Annotated[int, AtLeast(0)] = 2
    """Earlier origins whose errors choose the method and scale the intervals.
    With 0 the judged ones choose, and intervals are left as they are."""
    methods: tuple[str, ...] = ("ets", "arima", "anomalies")
    """Methods to compare: ets, arima, auto_arima (finds ARIMA's order), anomalies (ARIMA on anomalies),
    dlinear, nlinear, nvar, lstm, mlstm, tt_rnn, tt_lstm; auto tries those that take seconds."""
    levels: tuple[int, ...] = (80, 95)
    """Levels of the intervals, in percent."""

    def plan(self) -> Plan:
        """What the backtest needs of this."""
        return Plan(self.season, self.horizon, self.methods, self.levels, *self.cycle)

    def __post_init__(self) -> None:
        """Refuse what cannot be run before any work, with a ValueError."""
        super().__post_init__()
        if self.cycle[1] < 0 or self.cycle[0] < 0:
            raise ValueError(f"--cycle is {self.cycle}; it is not negative")
        known = (*MODELS, *METHODS, "auto")
        if unknown := set(self.methods) - set(known):
            names = ", ".join(sorted(unknown))
            raise ValueError(f"--methods {names} is unknown; there are {', '.join(known)}")
        if not self.levels or any(not 0 < level < 100 for level in self.levels):
            raise ValueError(f"--levels are percentages between 0 and 100, not {self.levels}")
