"""Rows that are set aside: each with its line and reason, and no more than a stated share of a file."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from etl.records import Rejected, record
from etl.tables.parts import Part

LISTED = 1000
"""Rows that are named one by one; further ones are counted."""


@dataclass
class Losses:
    """What one file loses.

    Attributes
    ----------
    part : Part
    bad_share : float
        Share of the file's rows that may be lost.
    seen : int
        Rows so far, lost ones among them.
    lines : list of int
        Of the rows that were lost.
    reasons : set of str
        Why they were.
    """

    part: Part
    bad_share: float
    seen: int = 0
    lost: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    lines: list[int] = field(default_factory=list)
    reasons: set[str] = field(default_factory=set)
    first: tuple[int | None, str, str] | None = None

    def add(self, line: int | None, reason: str, text: str = "") -> None:
        """Set one row aside."""
        if self.first is None:
            self.first = (line, reason, text)
        self.lost += 1
        self.lines.append(line or 0)
        self.reasons.add(reason)
        if self.lost <= LISTED:
            record(
                Rejected(file=str(self.part), reason=reason, line=line, text=text[:200], unit=self.part.unit)
            )
        else:
            self.counts[reason] = self.counts.get(reason, 0) + 1

    def set_aside(self, faults: Mapping[int, tuple[str, str]], lines: np.ndarray) -> np.ndarray:
        """Set rows aside, each with its reason and a cell.

        Parameters
        ----------
        faults : mapping
            Reason and cell by the row's place.
        lines : int64 array, shape (n,)
            Of all rows.

        Returns
        -------
        bool array, shape (n,)
            The rows that are left.
        """
        good = np.ones(len(lines), bool)
        good[list(faults)] = False
        for row in sorted(faults):
            self.add(int(lines[row]), *faults[row])
        return good

    def close(self) -> None:
        """Count the rows that were not named, and refuse a file that lost too many; again after further ones.

        Raises
        ------
        ValueError
            Names the first row that was lost.
        """
        for reason, rows in self.counts.items():
            record(Rejected(file=str(self.part), reason=reason, rows=rows))
        self.counts.clear()
        if self.first is not None and self.lost > self.bad_share * self.seen:
            line, reason, text = self.first
            at = f"{self.part.unit} {line:,}" if line else "a row"
            raise ValueError(
                f"{self.part}: {self.lost:,} of {self.seen:,} rows cannot be used, the first is {at}: "
                f"{reason} ({text[:60]!r}); mend the file, or allow more than {self.bad_share:.0%} with "
                "--bad-share"
            )
