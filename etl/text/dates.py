"""What becomes of documents' dates: days, or numbers such as years; a document without keeps its place."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.records import Choice, record
from etl.tables import dates, values

_TIME, _WHOLE = r"[T ][0-9]{2}:[0-9]{2}.*$", r"^-?[0-9]{1,18}$"
_DAY, _MONTH = r"^[12][0-9]{3}[01][0-9][0-3][0-9]$", r"^[12][0-9]{3}(0[1-9]|1[0-2])$"


@dataclass
class Dates:
    """Reads the dates of one file, a batch after the other, and tells of those that are none.

    Parameters
    ----------
    where : str
        File and column, for messages.
    form : str, optional
        See `etl.tables.dates.read`; times of day, and their zones, are passed over.
    unit : str
        What lines are called.
    """

    where: str
    form: str | None = None
    unit: str = "line"
    whole: bool | None = None
    seen: int = 0
    wrong: int = 0
    first: tuple[int, str, str] = (0, "", "")

    def read(self, cells: pa.Array, lines: np.ndarray) -> pa.Array:
        """Dates of some rows, null where there is none.

        Parameters
        ----------
        cells : pyarrow array, shape (n,)
            Dates, whole numbers or text.
        lines : int64 array, shape (n,)
            Lines of the file.

        Returns
        -------
        pyarrow array of timestamp[s], or of int64 where the first batch holds whole numbers alone
        """
        if values.is_text(cells.type):
            cells = pc.utf8_trim_whitespace(values.blank_as_null(cells))
        self.seen += len(cells) - cells.null_count
        found = self._typed(cells)
        wrong = pc.and_(cells.is_valid(), found.is_null()).to_numpy(zero_copy_only=False)
        if wrong.any():
            at = int(wrong.argmax())
            why = dates.no_date(cells.filter(pa.array(wrong)), self.form)
            self.first = self.first if self.wrong else (int(lines[at]), str(cells[at]), why)
            self.wrong += int(wrong.sum())
        return found

    def _typed(self, cells: pa.Array) -> pa.Array:
        if pa.types.is_temporal(cells.type):
            return cells.cast(pa.timestamp("s"), safe=False)
        if pa.types.is_floating(cells.type):
            cells = values.ids(cells, self.where)
        cells = cells.cast(pa.string())
        is_iso = self.form in (None, dates.ISO)
        if is_iso and self.whole is None and cells.null_count < len(cells):
            self.whole = _all(cells, _WHOLE)
            for form, pattern in (("%Y%m%d", _DAY), ("%Y%m", _MONTH)):
                if _all(cells, pattern):
                    self.whole, self.form = False, form
        if self.whole:
            return pc.if_else(pc.match_substring_regex(cells, _WHOLE), cells, None).cast(pa.int64())
        days = pc.replace_substring_regex(cells, _TIME, "") if is_iso else cells
        return dates.read(days, self.form)[0].cast(pa.timestamp("s"))

    def close(self) -> None:
        """Tell how many dates could not be read.

        Raises
        ------
        ValueError
            None could.
        """
        line, cell, why = self.first
        at = (
            f"the first, on {self.unit} {line:,}, {cell!r}, is {why}"
            if line
            else f"the first, {cell!r}, is {why}"
        )
        if self.wrong and self.wrong == self.seen:
            raise ValueError(f"{self.where}: none of {self.seen:,} dates can be read; {at}")
        if self.wrong:
            counted = f"{self.wrong:,} of {self.seen:,} dates cannot be read, and these documents have none"
            record(Choice(reason=f"{self.where}: {counted}; {at}"))


def _all(cells: pa.Array, pattern: str) -> bool:
    return bool(pc.all(pc.match_substring_regex(cells, pattern)).as_py())
