"""Sentences whose tags are not read: plain text, words in columns, and tables with a column of texts."""

from pathlib import Path

import numpy as np
import pyarrow as pa

from etl.conll import corpus, files, gmb, plain, read
from etl.conll.corpus import Corpus, build
from etl.engine.types import Frame
from etl.handoff import to_arrow
from etl.records import Choice, record
from etl.tables.form import Told
from etl.tables.parts import Part, listed
from etl.tables.read import names
from etl.text import documents
from etl.text.documents import Layout

TABLES = (".parquet", ".pq", ".jsonl", ".ndjson", ".xlsx")
FORMS = (".txt", ".conll", ".iob2", ".bio", ".iob", ".csv", ".tsv", ".tab", *TABLES)
WORDS = ("sentence", "word")
"""Columns of a frame with a row a word."""


def sentences(
    path: Path, told: Told | None = None, text: str = "text", word: int = 0, named: bool = False
) -> Corpus:
    """Read sentences, all of whose words are tagged O.

    Parameters
    ----------
    path : Path
        Plain text (``.txt``) with a sentence a line; words in columns, as `etl.conll.files.sentences` reads
        them; a table (``.csv``, ``.tsv``, ``.jsonl``, ``.parquet``, ``.xlsx``) with a text a row; or a zip
        file or directory of one of these. The ids of a table's texts are numbers of rows, from 0,
        unless ``named``.
    told : Told, optional
        What the user tells of files: ``encoding`` and ``bad_share``.
    text : str
        Column of a table.
    word : int
        Column of the word in CoNLL's form, from 0 or, negative, from the end.
    named : bool
        Whether a table's column ``id``, if it has one, names its texts.

    Raises
    ------
    FileNotFoundError
    ValueError
        A file cannot be read, or holds no word.
    """
    told = told or Told()
    found = listed(path, FORMS, "sentences")
    tables = [part for part in found if _is_table(part, text)]
    if not tables:
        return corpus.concat([_one(part, told.encoding, word) for part in found])
    if len(tables) < len(found):
        raise ValueError(f"{path} holds tables, such as {tables[0]}, and others; name one kind")
    has_ids = named and text != "id" and "id" in names(path, "texts", told)
    layout = Layout(text=(text,), id="id" if has_ids else None)
    return _of_table(pa.concat_tables(documents.tables(path, layout, told)), str(path))


def of_frame(frame: Frame, text: str = "text") -> Corpus:
    """Sentences of a frame with a text a row, or with a word a row.

    Parameters
    ----------
    frame : DataFrame
        With the column of texts; or with ``sentence`` and ``word``: a row of another sentence than the one
        before begins one, and its name is the sentence's id; of texts, a column ``id`` names them. Others
        are not read.
    text : str

    Raises
    ------
    ValueError
        The columns are missing, or no row holds a word.
    """
    if text in frame.columns:
        ids = ["id"] if "id" in frame.columns and text != "id" else []
        return _of_table(to_arrow(frame[[text, *ids]]).rename_columns(["text", *ids]), "the frame")
    if lacking := [name for name in WORDS if name not in frame.columns]:
        raise ValueError(
            f"there is no column {' or '.join((text, *lacking))}; give {text} with a text a row, or "
            f"{' and '.join(WORDS)} with a word a row"
        )
    table = to_arrow(frame[list(WORDS)])
    named, words = (table[name].combine_chunks().cast(pa.large_string()) for name in WORDS)
    if words.null_count or named.null_count or not len(words):
        raise ValueError("the frame holds no word, or a row lacks its word or sentence; fill or drop it")
    codes = named.dictionary_encode().indices.to_numpy()
    begins = np.flatnonzero(np.diff(codes, prepend=-1))
    number = np.repeat(np.arange(len(begins)), np.diff(begins, append=len(codes)))
    return build(words, pa.repeat("O", len(words)), number, named.take(pa.array(begins)))


def _is_table(part: Part, text: str) -> bool:
    """Whether a file is a table of texts; of the GMB's CSV and of columns parted by tabs it is not."""
    if part.kind == ".csv":
        return not files.is_gmb(part)
    if part.kind not in (".tsv", ".tab"):
        return part.kind in TABLES
    with part.open() as file:
        heads = file.read(files.START).split(b"\n")[0].decode("utf-8", "replace").strip().split("\t")
    return text.casefold() in [name.strip().casefold() for name in heads]


def _one(part: Part, encoding: str | None, word: int) -> Corpus:
    if part.kind == ".txt":
        return plain.text(part, encoding)
    if part.kind == ".iob2":
        return read.iob2(part, encoding, tagged=False)
    if part.kind != ".csv":
        return read.conll(part, word, None, encoding)
    found = gmb.gmb(part, encoding)
    return Corpus(found.words, np.zeros_like(found.tags), ("O",), found.starts, found.ids)


def _of_table(table: pa.Table, name: str) -> Corpus:
    """Words of a column ``text``, each text a sentence, with the ids that there are."""
    found = [plain.cut(text or "") for text in table["text"].to_pylist()]
    kept = [row for row, words in enumerate(found) if words]
    if not kept:
        raise ValueError(f"{name} holds no word; give texts, and name their column")
    if left := len(found) - len(kept):
        record(Choice(reason=f"{name}: {left:,} texts hold no word, and are left out"))
    words = [word for row in kept for word in found[row]]
    numbers = np.repeat(np.arange(len(kept)), [len(found[row]) for row in kept])
    given = table["id"].cast(pa.large_string()) if "id" in table.column_names else pa.array(range(len(found)))
    ids = given.take(pa.array(kept)).cast(pa.large_string())
    ids = ids.combine_chunks() if isinstance(ids, pa.ChunkedArray) else ids
    return build(words, pa.repeat("O", len(words)), numbers, ids)
