"""What lies under --data: texts or counts, of which format, in which files."""

from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet

from etl.files import for_arrow, reading
from etl.records import Choice, record
from etl.tables import parts
from etl.tables import read as door
from etl.tables.parts import Part
from etl.text import long, plain, published, read
from pipelines.topics.config import Columns

UCI = Path("data/uci")
"""Where ``uci:NAME`` is looked for."""
COUNTS = (".npz", ".svm", ".svmlight", ".libsvm")
KINDS = (*door.ENDINGS, plain.ENDING, *COUNTS)
PACKED = (*parts.PACKED, ".parquet", ".npz", ".xlsx")
GROWTH = 6
"""Bytes of memory at most, a byte of an unpacked file."""
UNPACKED = 4
"""Bytes that a byte of a packed file holds."""


@dataclass(frozen=True)
class Source:
    """Files of one kind.

    Attributes
    ----------
    kind : {"text", "uci", "svmlight", "npz", "parquet"}
        Texts, or the format of counts.
    files : list of Path
    words : Path, optional
        A file of words that lies beside the counts.
    """

    kind: str
    files: list[Path]
    words: Path | None = None

    @property
    def memory(self) -> int:
        """Bytes of memory that the documents and the work on them take, about."""
        sizes = [path.stat().st_size * (UNPACKED if _packed(path) else 1) for path in self.files]
        return GROWTH * sum(sizes)

    def __str__(self) -> str:
        more = f" and {len(self.files) - 1} more" if len(self.files) > 1 else ""
        return f"{self.files[0]}{more}"


def find(data: str, columns: Columns) -> Source:
    """The files that are meant.

    Raises
    ------
    FileNotFoundError
        There are none.
    ValueError
        A name tells no format, or a directory holds several kinds.

    Examples
    --------
    >>> find("no/such.csv", Columns())
    Traceback (most recent call last):
    FileNotFoundError: no/such.csv does not exist; --data takes a file, a directory, or uci:NAME
    """
    if data.startswith("uci:"):
        place = Path(data.removeprefix("uci:"))
        folder = UCI if place.parent == Path() else place.parent
        docword, vocab = published.find(place.name, folder)
        return Source("uci", [docword], vocab)
    path = Path(data)
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist; --data takes a file, a directory, or uci:NAME")
    if not path.is_dir() and not path.is_file():
        raise ValueError(f"{path} is a pipe or a device, not a file; save the texts as a file first")
    files = _listed(path) if path.is_dir() else [path]
    kinds = {kind(file, columns): file for file in files}
    if len(kinds) > 1:
        some = " and ".join(f"{file.name} ({name})" for name, file in kinds.items())
        raise ValueError(f"{path} holds files of several kinds, {some}; give one of them, or part them")
    (only,) = kinds
    return Source(only, files, _beside(files) if only == "uci" else None)


def kind(path: Path, columns: Columns) -> str:
    """``text``, or the format of counts: by the name, and of Parquet by the columns."""
    if path.name.endswith(".parquet"):
        has = _schema(path)
        is_long = set(long.COLUMNS) <= set(has) and not set(columns.text) <= set(has)
        return "parquet" if is_long else "text"
    if not _known(path):
        raise ValueError(
            f"{path} is of an unknown format; its name must be docword.*, or end in {', '.join(KINDS)}"
        )
    is_counts = path.name.startswith("docword.") or Part(path).kind in COUNTS
    return read.format_of(path) if is_counts else "text"


def _schema(path: Path) -> list[str]:
    with reading(path, "a whole Parquet file"):
        return pyarrow.parquet.read_schema(for_arrow(path)).names


def _known(path: Path) -> bool:
    is_words = path.name.startswith(("vocab.", "."))
    return not is_words and (Part(path).kind in KINDS or path.suffix.lower() == ".zip")


def _listed(folder: Path) -> list[Path]:
    """Files of texts or counts; plain text only where there is nothing else."""
    every = [path for path in sorted(folder.iterdir()) if path.is_file()]
    files = [path for path in every if _known(path)]
    others = [path for path in files if not plain.is_plain(path) or path.name.startswith("docword.")]
    files = others or files
    if not files:
        raise FileNotFoundError(
            f"{folder} holds no file of texts or counts; give some that end in {', '.join(KINDS)}"
        )
    parts.refuse_twins(Part(path) for path in others)
    if over := [
        path.name for path in every if path not in files and not path.name.startswith(("vocab.", "."))
    ]:
        more = f" and {len(over) - 3:,} more" if len(over) > 3 else ""
        record(Choice(reason=f"{folder}: {', '.join(over[:3])}{more} passed over, as no texts or counts"))
    return files


def _beside(files: list[Path]) -> Path | None:
    """``vocab.NAME.txt`` of ``docword.NAME.txt.gz``."""
    if len(files) > 1:
        raise ValueError(f"{files[0].parent} holds several bags of words; give one of them: {files[0]}")
    name = Part(files[0]).name.replace("docword.", "vocab.", 1)
    if (path := files[0].with_name(name)).exists():
        return path
    record(
        Choice(reason=f"words: {path} was looked for and is not there, so words are called w0, w1 and so on")
    )
    return None


def _packed(path: Path) -> bool:
    return path.name.endswith(PACKED)
