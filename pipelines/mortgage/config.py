"""What the mortgage pipeline is told: which loan files, which label, how much memory."""

from pathlib import Path
from typing import Annotated, Literal

from pipelines.run import AtLeast, Parallel, settings


@settings
class Config(Parallel):
    """From raw loan files to a judged model of delinquency."""

    data: Path | None = None
    """A loan file, or a directory of them: text, packed or not, or Parquet, combined or old layout.
    None generates some for a demonstration."""
    layout: Literal["auto", "combined", "old"] = "auto"
    """Layout of the files; auto tells it by the number of fields of each."""
    label: Literal["default", "rapids"] = "default"
    """default: 90 days late or a credit event within the next 12 months; rapids: the old notebook's label."""
    memory: str = ""
    """Memory limit, such as 4GiB; empty takes what the process may use."""
    bad_share: Annotated[float, AtLeast(0)] = 0.01
    """Largest share of lines that may be unreadable; they are set aside in quarantine.csv."""
    trees: Annotated[int, AtLeast(1)] = 200
    """Largest number of trees; a later period decides how many are kept."""
