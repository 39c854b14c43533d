"""Dates of documents: days, or whole numbers such as years; a document keeps its place without one."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.records import Choice, record
from etl.tables import values

ISO = "%Y-%m-%d"
"""Days as ISO 8601 writes them, with or without a time of day, whose zone is passed over."""
_TIME, _WHOLE = r"[T ][0-9]{2}:[0-9]{2}.*$", r"^-?[0-9]{1,18}$"


@dataclass
class Dates:
    """Reads the dates of one file, a batch after the other.

    Parameters
    ----------
    where : str
        File and column, for messages.
    form : str
        Of dates that are text, as in ``strptime``.
    """

    where: str
    form: str = ISO
    whole: bool | None = None
    seen: int = 0
    wrong: int = 0
    first: tuple[int, str] = (0, "")

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
            self.first = self.first if self.wrong else (int(lines[at]), str(cells[at]))
            self.wrong += int(wrong.sum())
        return found

    def _typed(self, cells: pa.Array) -> pa.Array:
        if pa.types.is_temporal(cells.type):
            return cells.cast(pa.timestamp("s"), safe=False)
        if pa.types.is_floating(cells.type):
            cells = values.ids(cells, self.where)
        cells = cells.cast(pa.string())
        if self.form == ISO and self.whole is None and cells.null_count < len(cells):
            self.whole = _all(cells, _WHOLE)
            if _all(cells, r"^[12][0-9]{3}[01][0-9][0-3][0-9]$"):
                self.whole, self.form = False, "%Y%m%d"
        if self.whole:
            return pc.if_else(pc.match_substring_regex(cells, _WHOLE), cells, None).cast(pa.int64())
        days = pc.replace_substring_regex(cells, _TIME, "") if self.form == ISO else cells
        return pc.strptime(days, format=self.form, unit="s", error_is_null=True)

    def close(self) -> None:
        """Tell how many dates could not be read.

        Raises
        ------
        ValueError
            None could.
        """
        line, cell = self.first
        remedy = "say what dates look like with --date-format, such as %d/%m/%Y"
        like = f"like {self.form}, the first, on line {line:,}, is {cell!r}"
        if self.wrong and self.wrong == self.seen:
            raise ValueError(f"{self.where}: no date is {like}; {remedy}")
        if self.wrong:
            counted = f"{self.wrong:,} of {self.seen:,} dates are not {like}"
            record(Choice(reason=f"{self.where}: {counted}; these documents have no date, so {remedy}"))


def _all(cells: pa.Array, pattern: str) -> bool:
    return bool(pc.all(pc.match_substring_regex(cells, pattern)).as_py())
