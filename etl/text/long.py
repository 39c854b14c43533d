"""Counts in a long Parquet table, a row a document, word and count; rows of a document lie together."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet
from scipy.sparse import csr_matrix

from etl.engine.types import Csr
from etl.files import check_exists, reading
from etl.handoff import to_host
from etl.records import Rejected, record
from etl.tables.values import is_text
from etl.text.blocks import Triples, rows

COLUMNS = ("doc", "word", "count")
BATCH = 1 << 20
"""Rows read at a time."""
WANTED = "a Parquet table with a row a document, word and count"
_SIZE = b"documents"


def blocks(
    path: Path, terms: pa.Array | None = None, columns: tuple[str, ...] = COLUMNS
) -> Iterator[csr_matrix]:
    """Counts in the order of the file, int32, some whole documents at a time.

    Documents are numbered in order of appearance; where `write` wrote the file, by the numbers it wrote, so
    empty ones are there.

    Parameters
    ----------
    path : Path
        Parquet.
    terms : pyarrow array of str, optional
        Words in the order of the matrix' columns; found by `terms_of` if not given. Rows of other words are
        left out, and counted in the records. Words that are whole numbers are columns themselves.

    Raises
    ------
    ValueError
        A column is missing, a document lies at two places, or a value is no count.
    """
    with reading(path, WANTED, NotImplementedError):
        file = _file(path, columns)
        size = (file.schema_arrow.metadata or {}).get(_SIZE)
        documents = int(size) if size and size.isdigit() else None
        _check_types(path, file.schema_arrow, columns, documents is not None)
        coded = pa.types.is_integer(file.schema_arrow.field(columns[1]).type)
        known = None if coded else (terms_of(path, columns) if terms is None else terms)
        width = _width(file, columns, terms) if known is None else len(known)
        triples = _triples(file, path, columns, known, documents)
        yield from rows(triples, width, 0, documents and documents - 1)


def terms_of(path: Path, columns: tuple[str, ...] = COLUMNS) -> pa.Array:
    """The words of the file, in the order of their code points.

    Parameters
    ----------
    path : Path
    columns : tuple of str
        Columns of document, word and count.

    Returns
    -------
    pyarrow array of large_string, shape (words,)

    Raises
    ------
    FileNotFoundError
    ValueError
        It is no Parquet file, or a column is missing.
    """
    found = pa.array([], pa.large_string())
    with reading(path, WANTED, NotImplementedError):
        for batch in _file(path, columns).iter_batches(BATCH, columns=[columns[1]]):
            words = pc.drop_null(_plain(batch[0]).cast(pa.large_string()))
            found = pc.unique(pa.concat_arrays([found, words]))
    return found.take(pc.sort_indices(found))


def write(counts: Csr, terms: pa.Array | Sequence[str], path: Path) -> None:
    """Write counts with their words; how many documents there are is kept in the file's metadata.

    Parameters
    ----------
    counts : csr_matrix, shape (documents, words)
        On any device.
    terms : pyarrow array or sequence of str, shape (words,)
        In the order of the columns.
    path : Path
    """
    data, indices, indptr = (to_host(part) for part in (counts.data, counts.indices, counts.indptr))
    document = np.repeat(np.arange(counts.shape[0]), np.diff(indptr))
    words = pa.array(terms, pa.large_string()) if not isinstance(terms, pa.Array) else terms
    arrays = [document, words.take(pa.array(indices)), data.astype("int32")]
    table = pa.table(arrays, names=list(COLUMNS)).replace_schema_metadata({_SIZE: str(counts.shape[0])})
    pyarrow.parquet.write_table(table, path)


def _file(path: Path, columns: tuple[str, ...]) -> pyarrow.parquet.ParquetFile:
    check_exists(path)
    file = pyarrow.parquet.ParquetFile(path)
    lacking = [name for name in columns if name not in file.schema_arrow.names]
    if lacking:
        has = ", ".join(file.schema_arrow.names)
        raise ValueError(f"{path} has no column {', '.join(lacking)}; it has {has}")
    return file


def _check_types(path: Path, schema: pa.Schema, columns: tuple[str, ...], numbered: bool) -> None:
    """Refuse columns that hold no documents, words or counts."""
    document, word, count = (schema.field(name).type for name in columns)
    words = word.value_type if pa.types.is_dictionary(word) else word
    for name, kind, right, wanted in (
        (columns[0], document, pa.types.is_integer(document) or not numbered, "whole numbers"),
        (columns[1], word, pa.types.is_integer(words) or is_text(words), "text or whole numbers"),
        (columns[2], count, pa.types.is_integer(count) or pa.types.is_floating(count), "whole numbers"),
    ):
        if not right:
            raise ValueError(f"{path}: column {name} holds {kind}; write it as {wanted}")


def _plain(array: pa.Array) -> pa.Array:
    return array.dictionary_decode() if pa.types.is_dictionary(array.type) else array


def _width(file: pyarrow.parquet.ParquetFile, columns: tuple[str, ...], terms: pa.Array | None) -> int:
    if terms is not None:
        return len(terms)
    most = [pc.max(batch[0]).as_py() for batch in file.iter_batches(BATCH, columns=[columns[1]])]
    return max((value for value in most if value is not None), default=-1) + 1


def _triples(
    file: pyarrow.parquet.ParquetFile,
    path: Path,
    columns: tuple[str, ...],
    known: pa.Array | None,
    size: int | None,
) -> Iterator[Triples]:
    """Rows without holes; documents numbered from 0 as they come, or as they are."""
    number, seen, last, first = -1, pa.array([]), None, 0
    for batch in file.iter_batches(BATCH, columns=list(columns)):
        document, word, count = _whole(path, batch.select(list(columns)), known)
        _check(path, first, word, count)
        first += len(batch)
        if not len(document):
            continue
        if size is not None:
            yield _numbered(path, document.to_numpy(), last, size), word, count
            last = document[-1].as_py()
            continue
        here = document.dictionary_encode()
        changes = np.flatnonzero(np.diff(here.indices.to_numpy())) + 1
        starts = np.zeros(len(document), "int64")
        starts[changes] = 1
        starts[0] = last is None or document[0] != last
        names = document.take(pa.array(np.flatnonzero(starts)))
        seen = pa.concat_arrays([seen.cast(document.type), names])
        if pc.count_distinct(seen).as_py() < len(seen):
            raise ValueError(f"{path}: rows of a document lie at two places; sort the table by {columns[0]}")
        documents = number + np.cumsum(starts)
        number, last = int(documents[-1]), document[-1]
        yield documents, word, count


def _numbered(path: Path, document: np.ndarray, last: int | None, size: int) -> np.ndarray:
    """The documents' numbers, if they are in order and below the size that the file tells."""
    before = np.concatenate([[last or 0], document[:-1]])
    wrong = (document < before) | (document >= size)
    if wrong.any():
        raise ValueError(
            f"{path}: document {document[wrong][0]} should not be before the last, and below {size}, "
            "which the file's metadata says is the number of documents"
        )
    return document


def _whole(
    path: Path, batch: pa.RecordBatch, known: pa.Array | None
) -> tuple[pa.Array, np.ndarray, np.ndarray]:
    document, word, count = (_plain(column) for column in batch.columns)
    if known is not None:
        word = pc.index_in(word.cast(known.type), value_set=known)
    whole = pc.and_(pc.and_(document.is_valid(), word.is_valid()), count.is_valid())
    if lost := len(batch) - (pc.sum(whole).as_py() or 0):
        reason = "the document, word or count is missing, or the word is not in the vocabulary"
        record(Rejected(file=str(path), reason=reason, rows=lost))
    return document.filter(whole), word.filter(whole).to_numpy(), count.filter(whole).to_numpy()


def _check(path: Path, first: int, word: np.ndarray, count: np.ndarray) -> None:
    for name, wrong, values in (
        ("a count from 1 upwards", ~((count > 0) & (count < 2**31) & (count == np.floor(count))), count),
        ("a column from 0 upwards", word < 0, word),
    ):
        if wrong.any():
            value = values[wrong][0]
            raise ValueError(f"{path}: {value}, after row {first}, should be {name}, a whole number")
