"""What the topics pipeline is told: which data, which of its columns, how many topics."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro

from etl.text.documents import Layout
from etl.text.word_rules import Rule
from pipelines import find
from pipelines.run import Parallel, Tables, settings


@dataclass(frozen=True)
class Columns:
    """Columns of texts; for counts, files with a line a document."""

    text: tuple[str, ...] = ("text",)
    """Columns of text, which are joined; or one column of lists of tokens."""
    id: str | None = None
    """Column of the documents' names; None numbers them from 0."""
    date: str | None = None
    """Column of dates, for topics over time; for counts, a file of dates or years."""
    label: str | None = None
    """Column of known labels, which a classifier predicts from the topics."""
    names: tuple[str, ...] = ()
    """Names of all columns of a CSV or TSV file without a header."""
    date_format: str | None = None
    """Format of dates that are text, as in strptime, such as %m/%d/%Y; by default ISO's."""

    def layout(self) -> Layout:
        """The columns that are read with the texts."""
        return Layout(self.text, self.id, self.date, self.date_format, self.names or None, label=self.label)


@settings
class Config(Parallel, Tables):
    """From documents to topics, and how far they can be trusted."""

    data: str | None = None
    """Texts: a table, .txt with a line a document, a directory of these or of .txt files, each a document.
    Counts: docword, .svm, .npz or long Parquet, or a directory of these.
    uci:NAME takes a corpus of UCI; None takes a demonstration with known topics."""
    columns: Annotated[Columns, tyro.conf.arg(name="")] = field(default_factory=Columns)
    """Which columns hold what."""
    vocabulary: Path | None = None
    """File of the words of counts, one a line; without it they are called w0, w1 and so on."""
    topics: int | Literal["auto"] = 20
    """Number of topics; auto takes what the spectrum of the documents shows."""
    min_df: int | float = 5
    """Smallest number of documents that a word must be in, or their share, such as 0.001."""
    max_df: int | float = 0.5
    """Largest number of documents that a word may be in, or their share, such as 0.5."""
    token_rule: Rule = "auto"
    """What a word is; with marks, accents and vowel signs belong to words, and blanks part Chinese ones; with
    characters, each Chinese one is a word. auto: marks, or characters where blanks part no Chinese words."""
    model: Path | None = None
    """Folder of an earlier run, or its model.npz: its topics describe the documents, nothing is learnt.
    latest takes the newest of --out."""

    def __post_init__(self) -> None:
        """Name the run that is latest now, which another may be when these settings are read again."""
        super().__post_init__()
        if self.model is not None:
            object.__setattr__(self, "model", find(self.model, "topics", self.out))

    def form(self) -> dict[str, Any]:
        """How files of documents are written, for those that the run is applied to."""
        columns = {"text": self.columns.text, "id": self.columns.id, "names": self.columns.names}
        return columns | self.of_files() | {"vocabulary": self.vocabulary is not None}
