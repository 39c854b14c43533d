"""Tagged sentences from the CSV of the Groningen Meaning Bank, with a row a token."""

import zipfile
from pathlib import Path
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from etl.conll.corpus import Corpus, build
from etl.conll.rejected import readable, reject_lines

COLUMNS = ("Sentence #", "Word", "Tag")
WANTED = "a row holds a sentence (on its first word only), a word, a part of speech and a tag"


def gmb(path: Path, encoding: str = "latin-1") -> Corpus:
    """Sentences of ``ner_dataset.csv``, or of a zip that holds it.

    A row that names a sentence begins one. Rows that have too few or too many fields, no word or no tag, or
    stand before the first sentence, are set aside and counted in the records. Source: Bos, Basile, Evang,
    Venhuizen and Bjerva, "The Groningen Meaning Bank", 2017.

    Parameters
    ----------
    path : Path
    encoding : str
        Of the CSV.

    Raises
    ------
    FileNotFoundError
    ValueError
        The file is damaged, a column is missing, or more than 1 % of rows cannot be read.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path} is no file; give ner_dataset.csv or a zip that holds it")
    try:
        with _opened(path) as stream:
            table, broken = _table(stream, encoding)
    except (pa.ArrowInvalid, OSError, UnicodeError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} is damaged or not of its kind ({error})") from error
    lacking = [name for name in COLUMNS if name not in table.column_names]
    if lacking:
        raise ValueError(f"{path} has no column {', '.join(lacking)}; it has {', '.join(table.column_names)}")
    sentence, word, tag = (pc.utf8_trim(table[name].combine_chunks(), characters=" ") for name in COLUMNS)
    return _corpus(path, sentence, word, tag, broken)


def _opened(path: Path) -> IO[bytes]:
    if path.suffix != ".zip":
        return path.open("rb")
    archive = zipfile.ZipFile(path)
    names = [name for name in archive.namelist() if name.endswith(".csv")]
    if len(names) != 1:
        raise zipfile.BadZipFile(f"it holds {len(names)} CSV files, and one is wanted")
    return archive.open(names[0])


def _table(stream: IO[bytes], encoding: str) -> tuple[pa.Table, np.ndarray]:
    """All columns as text, and the numbers of rows, from 1, that have too few or too many fields."""
    broken: list[int] = []

    def skip(row: pyarrow.csv.InvalidRow) -> str:
        broken.append(row.number)
        return "skip"

    table = pyarrow.csv.read_csv(
        stream,
        pyarrow.csv.ReadOptions(encoding=encoding, use_threads=False),
        pyarrow.csv.ParseOptions(invalid_row_handler=skip),
        pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(COLUMNS, pa.large_string())),
    )
    return table, np.array(broken, "int64")


def _corpus(path: Path, sentence: pa.Array, word: pa.Array, tag: pa.Array, broken: np.ndarray) -> Corpus:
    first = pc.not_equal(sentence, "").to_numpy(zero_copy_only=False)
    number = np.cumsum(first)
    good = readable(word, tag) & (number > 0)
    total = len(word) + len(broken)
    # Rows below a broken one stand lower than this says; the first that is bad, which is named, does not.
    lines = np.flatnonzero(~good) + 2
    reject_lines(path, np.append(lines, broken), total, WANTED)
    kept = pa.array(good)
    used = np.unique(number[good])
    ids = sentence.filter(pa.array(first)).take(pa.array(used - 1))
    return build(word.filter(kept), tag.filter(kept), number[good], ids)
