"""What lies under --data: texts or counts, of which format, in which files."""

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from etl.text import long, published, read
from pipelines.topics.config import Columns

UCI = Path("data/uci")
"""Where ``uci:NAME`` is looked for."""
TEXTS = (".csv", ".tsv", ".csv.gz", ".tsv.gz")
COUNTS = (".npz", ".svm", ".svmlight", ".libsvm", ".svm.gz", ".svmlight.gz", ".libsvm.gz")
PACKED = (".gz", ".parquet", ".npz")
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
    if path.name.endswith(TEXTS):
        return "text"
    if not _known(path):
        raise ValueError(
            f"{path} is of an unknown format; its name must be docword.*, or end in "
            f"{', '.join([*TEXTS, '.parquet', '.npz', '.svm'])}"
        )
    return read.format_of(path)


def _schema(path: Path) -> list[str]:
    try:
        return pyarrow.parquet.read_schema(path).names
    except (pa.ArrowInvalid, OSError) as error:
        raise ValueError(f"{path} cannot be read as Parquet ({error})") from error


def _known(path: Path) -> bool:
    return path.name.startswith("docword.") or path.name.endswith((*TEXTS, *COUNTS, ".parquet"))


def _listed(folder: Path) -> list[Path]:
    files = sorted(path for path in folder.iterdir() if path.is_file() and _known(path))
    if not files:
        raise FileNotFoundError(f"{folder} holds no file of texts or counts; see --help for what is read")
    return files


def _beside(files: list[Path]) -> Path | None:
    """``vocab.NAME.txt`` of ``docword.NAME.txt.gz``."""
    if len(files) > 1:
        raise ValueError(f"{files[0].parent} holds several bags of words; give one of them: {files[0]}")
    name = files[0].name.removesuffix(".gz").replace("docword.", "vocab.", 1)
    return path if (path := files[0].with_name(name)).exists() else None


def _packed(path: Path) -> bool:
    return path.name.endswith(PACKED)
