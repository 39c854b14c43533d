"""Tagged sentences from the CSV of the Groningen Meaning Bank, with a row a token."""

import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from etl.conll.corpus import Corpus, build
from etl.conll.notation import standard, why_not
from etl.conll.rejected import reject_lines
from etl.files import reading
from etl.tables.decode import blocks
from etl.tables.parts import Part, listed

COLUMNS = ("Sentence #", "Word", "Tag")
WANTED = "a row holds a sentence (on its first word, or on all), a word, a part of speech and a tag"
SEPARATORS = ",;\t"


def gmb(path: Path | Part, encoding: str | None = None) -> Corpus:
    """Sentences of ``ner_dataset.csv``, or of a zip that holds it.

    A row that names another sentence than the rows before begins one, so names may be filled down. A sentence
    with a row that has too few or too many fields, no word or no tag, is set aside whole, as are rows before
    the first sentence; they are counted in the records. Source: Bos, Basile, Evang, Venhuizen and Bjerva,
    "The Groningen Meaning Bank", 2017.

    Parameters
    ----------
    path : Path or Part
    encoding : str, optional
        Of the CSV; by default UTF-8. Kaggle's copy is in latin-1.

    Raises
    ------
    FileNotFoundError
    ValueError
        The file is damaged or of another encoding, a column is missing, or more than 1 % of rows cannot be
        read.
    """
    part = path if isinstance(path, Part) else _only(path)
    name = Path(str(part))
    data = b"".join(blocks(part, encoding))
    head = data[: data.find(b"\n") + 1 or None].decode()
    separator = max(SEPARATORS, key=head.count)
    with reading(name, f"the GMB's CSV, in which {WANTED}"):
        table = _table(data, separator)
    lacking = [column for column in COLUMNS if column not in table.column_names]
    if lacking:
        raise ValueError(f"{name} has no column {', '.join(lacking)}; it has {', '.join(table.column_names)}")
    return _corpus(name, *(pc.utf8_trim(table[k].combine_chunks(), characters=" ") for k in COLUMNS))


def _only(path: Path) -> Part:
    if not path.is_file():
        raise FileNotFoundError(f"{path} is no file; give ner_dataset.csv or a zip that holds it")
    parts = listed(path, (".csv",), "tagged sentences")
    if len(parts) != 1:
        raise ValueError(f"{path} holds {len(parts)} CSV files, and one is wanted; unpack it and name one")
    return parts[0]


def _table(data: bytes, separator: str) -> pa.Table:
    """The columns that are there as text; a row that has too few or too many fields has its first only."""
    broken: list[tuple[int, str]] = []

    def skip(row: pyarrow.csv.InvalidRow) -> str:
        broken.append((row.number, row.text.split(separator)[0].strip('" ')))
        return "skip"

    table = pyarrow.csv.read_csv(
        io.BytesIO(data),
        pyarrow.csv.ReadOptions(use_threads=False),
        pyarrow.csv.ParseOptions(delimiter=separator, invalid_row_handler=skip),
        pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(COLUMNS, pa.large_string())),
    )
    if not broken or not set(COLUMNS) <= set(table.column_names):
        return table
    numbers, firsts = zip(*broken, strict=True)
    at = np.array(numbers) - 2 - np.arange(len(numbers))  # rows of the table that stand before each
    order = np.insert(np.arange(len(table)), at, len(table) + np.arange(len(numbers)))
    blank = [""] * len(numbers)
    more = pa.table([pa.array(each, pa.large_string()) for each in (firsts, blank, blank)], list(COLUMNS))
    return pa.concat_tables([table.select(COLUMNS), more]).take(pa.array(order))


def _corpus(name: Path, sentence: pa.Array, word: pa.Array, tag: pa.Array) -> Corpus:
    named = np.flatnonzero(pc.not_equal(sentence, "").to_numpy(zero_copy_only=False))
    told = sentence.take(pa.array(named))
    is_new = np.ones(len(named), bool)
    is_new[1:] = pc.not_equal(told[1:], told[:-1]).to_numpy(zero_copy_only=False)
    number = np.zeros(len(word), "int64")
    number[named[is_new]] = 1
    number = number.cumsum()
    tags = standard(tag, name)
    good = pc.and_(pc.not_equal(word, ""), pc.is_valid(tags)).to_numpy(zero_copy_only=False) & (number > 0)
    bad = np.flatnonzero(~good)
    faults = {int(row) + 2: _why(number[row], word[row].as_py(), tag[row].as_py()) for row in bad}
    lost = np.unique(number[bad])
    kept = ~np.isin(number, lost)
    reject_lines(name, faults, len(word), WANTED, int((lost > 0).sum()), int(kept.sum()))
    ids = told.filter(pa.array(is_new)).take(pa.array(np.unique(number[kept]) - 1))
    return build(word.filter(pa.array(kept)), tags.filter(pa.array(kept)), number[kept], ids)


def _why(number: int, word: str, tag: str) -> str:
    if not word and not tag:
        return "it has neither word nor tag, or too few or too many fields"
    if not number:
        return "it stands before the first sentence"
    return why_not(tag) if word else "it has a tag and no word"
