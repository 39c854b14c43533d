"""What the topics pipeline is told: which data, which of its columns, how many topics."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

import tyro

from etl.text.documents import Layout
from pipelines.run import Parallel, settings


@dataclass(frozen=True)
class Columns:
    """Columns of texts; for counts, files with a line a document."""

    text: tuple[str, ...] = ("text",)
    """Columns of text that are joined, or one of lists of tokens."""
    id: str | None = None
    """Names of documents; without it they are numbered from 0."""
    date: str | None = None
    """Dates, for topics over time; for counts, they may also be whole numbers, such as years."""
    label: str | None = None
    """Known labels, which a classifier is to tell from the topics; for texts this needs --id."""
    names: tuple[str, ...] = ()
    """Names of all columns of a CSV or TSV file that has no line of names."""
    date_format: str = "%Y-%m-%d"
    """Of dates that are text, as in strptime."""

    def layout(self) -> Layout:
        """The columns that are read with the texts."""
        return Layout(self.text, self.id, self.date, self.date_format, self.names or None)

    def labels(self) -> Layout:
        """The columns that labels are read from."""
        return Layout((self.label or "",), self.id, names=self.names or None)


@settings
class Config(Parallel):
    """From documents to topics, and how far they can be trusted."""

    data: str | None = None
    """CSV, TSV or Parquet of texts; counts as docword, .svm, .npz or long Parquet; a directory of such;
    uci:NAME or uci:DIRECTORY/NAME. None takes a demonstration of known topics."""
    columns: Annotated[Columns, tyro.conf.arg(name="")] = field(default_factory=Columns)
    """Which columns hold what."""
    vocabulary: Path | None = None
    """Words of counts, one a line; without it they are called w0, w1 and so on."""
    topics: int | Literal["auto"] = 20
    """Number of topics; auto takes what the spectrum of the documents shows."""
    min_df: int | float = 5
    """Documents that a word of texts is in, at least: a number, or a share such as 0.001."""
    max_df: int | float = 0.5
    """Documents that a word of texts is in, at most: a number, or a share such as 0.5."""
    model: Path | None = None
    """A model.npz of an earlier run: documents are described by its topics, and none are learnt."""
