"""What the factors pipeline is told: which columns are modes, and how many components there are."""

from pathlib import Path
from typing import Annotated, Literal

from etl.tensors.modes import Mode, parse
from pipelines.run import Common, Share, Tables, settings

ARRAYS = (".npy", ".npz")
"""Endings of files that hold arrays and no tables."""
RESULTS = ("value", "filled", "fit", "z")
"""Columns of results beside those of the modes."""


@settings
class Config(Common, Tables):
    """From a long table, such as of sensors, days and minutes, to the patterns that it is made of."""

    data: Path | None = None
    """Table, or folder of tables, with a row a cell (CSV, TSV, Parquet, JSON lines, Excel), or an array
    (.npy, .npz; NaN is missing). None makes flows of traffic, whose patterns are known."""
    modes: tuple[str, ...] = ()
    """Columns that name a cell, two or more, such as sensor day minute. COLUMN:PART takes a part of dates:
    year, month, day (the date without its time), weekday (1 is Monday), yearday, hour, clock (time of day).
    Of an array: names."""
    value: str = "value"
    """Column of the numbers; of an .npz, name of the array (by default tensor, or the first)."""
    date_format: str | None = None
    """Format of dates that are text or numbers, as in strptime, such as %m/%d/%Y; by default ISO's."""
    duplicates: Literal["mean", "error"] = "mean"
    """What is done with several values of one cell: their mean is taken, or it is an error."""
    missing: float | None = None
    """A number that means that a value is missing, such as 0 of some sensors."""
    ordered: tuple[str, ...] = ()
    """Modes whose neighbours are alike, by name or by place from 0; by default those of dates, times and
    evenly spaced numbers. Along the last, lines are drawn between what is seen; over the one before it, the
    seasonal mean is taken."""
    units: str | None = None
    """Mode, by name or place, whose labels have units of their own, such as what was measured: each gets
    mean 0, variance 1. It is in no order, unless --ordered says so."""
    method: Literal["cp", "tucker"] = "cp"
    """Components that are one pattern a mode each (cp), or patterns of each mode and a core (tucker)."""
    ranks: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 8, 10, 12)
    """Numbers of components to compare by what they say of cells held out; a single one is taken."""
    held_out: Annotated[float, Share("the cells")] = 0.1
    """Share of the known cells by which the rank is chosen, and again to measure the error."""
    runs: bool = False
    """Hold out whole runs along the last ordered mode, such as a sensor's day, and not cell by cell."""
    far: float = 6.0
    """Robust standard deviations from which a known value is an anomaly."""

    def __post_init__(self) -> None:
        """Refuse what cannot be run before any work, with a ValueError."""
        super().__post_init__()
        named = [mode.name for mode in self.spec()]
        if self.data is not None and self.data.suffix not in ARRAYS and len(named) < 2:
            raise ValueError(
                "--modes is short; name two columns or more that name a cell, as in --modes sensor day"
            )
        if len(set(named)) < len(named):
            raise ValueError(f"--modes names one twice: {' '.join(named)}; leave one")
        if taken := [name for name in named if name in RESULTS]:
            raise ValueError(f"--modes {taken[0]} is called as a column of the results is; rename it")
        if not self.ranks or min(self.ranks) < 1:
            raise ValueError(f"--ranks are {self.ranks}; give whole numbers from 1")
        if not 0 < self.held_out < 0.5:
            raise ValueError(f"--held-out is {self.held_out}; it is between 0 and 0.5")
        if self.far <= 0:
            raise ValueError(f"--far is {self.far}; it is more than 0")

    def spec(self) -> list[Mode]:
        """The modes as they are asked for."""
        return [parse(word) for word in self.modes]
