"""Codes of words and of characters: 0 is padding, 1 what is unknown, then terms from the commonest down."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

PADDING = 0
UNKNOWN = 1
FIRST = 2
"""Code of the commonest term."""


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Terms and their codes.

    Parameters
    ----------
    terms : pyarrow array of large_string, shape (terms,)
        None twice; code of the first is 2.
    digits : bool
        Whether each of 0 to 9 counts as 0.
    lowercase : bool

    Examples
    --------
    >>> few = words(pa.array(["in", "1997", "in", "1998"]), least=2, digits=True)
    >>> few.terms.to_pylist(), few.codes(pa.array(["in", "2001", "on"])).tolist()
    (['0000', 'in'], [3, 2, 1])
    """

    terms: pa.Array
    digits: bool = False
    lowercase: bool = False

    def __len__(self) -> int:
        """Number of codes, those of padding and of the unknown among them."""
        return len(self.terms) + FIRST

    def codes(self, text: pa.Array) -> np.ndarray:
        """Code of each term, int32, shape (n,)."""
        found = pc.index_in(folded(text, self.digits, self.lowercase), value_set=self.terms)
        return pc.fill_null(pc.add(found, pa.scalar(FIRST, "int32")), UNKNOWN).to_numpy()

    def names(self, codes: np.ndarray) -> pa.Array:
        """Term of each code; null of padding and of the unknown."""
        codes = np.asarray(codes)
        return self.terms.take(pa.array(codes - FIRST, mask=codes < FIRST))

    def spelt(self, text: pa.Array, width: int | None = None) -> np.ndarray:
        """Codes of the characters of each word, then 0: int32, shape (n, width).

        Parameters
        ----------
        text : pyarrow array of str, shape (n,)
        width : int, optional
            Characters of a word that count, from the left; by default all of the longest.
        """
        word = folded(text, self.digits, self.lowercase).dictionary_encode()
        lengths = pc.utf8_length(word.dictionary).to_numpy(zero_copy_only=False)
        most = int(lengths.max(initial=1))
        width = most if width is None else width
        found = np.zeros((len(lengths), width), "int32")
        for place in range(min(width, most)):
            rows = np.flatnonzero(lengths > place)
            letters = pc.utf8_slice_codeunits(word.dictionary.take(pa.array(rows)), place, place + 1)
            found[rows, place] = self.codes(letters)
        return found[word.indices.to_numpy(zero_copy_only=False)]

    def save(self, path: Path) -> None:
        """Write as JSON."""
        path.write_text(json.dumps(self.plain(), ensure_ascii=False), encoding="utf-8")

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {"terms": self.terms.to_pylist(), "digits": self.digits, "lowercase": self.lowercase}

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Self:
        """From what `plain` returned."""
        return cls(pa.array(plain["terms"], pa.large_string()), plain["digits"], plain["lowercase"])


def load(path: Path) -> Vocabulary:
    """What `Vocabulary.save` wrote.

    Raises
    ------
    FileNotFoundError
    ValueError
        The file holds no vocabulary.
    """
    try:
        return Vocabulary.of(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"{path} holds no vocabulary ({error}); give a file that was saved as one"
        ) from error


def words(text: pa.Array, least: int = 1, digits: bool = False, lowercase: bool = False) -> Vocabulary:
    """Vocabulary of words, from the commonest down; of equals, the first by code points comes first.

    Parameters
    ----------
    text : pyarrow array of str, shape (tokens,)
        Words as they occur, repeats and all.
    least : int
        Times that a word occurs, at least.
    digits, lowercase : bool
        See `Vocabulary`.
    """
    counts = _counts(folded(text, digits, lowercase))
    return Vocabulary(_settled(counts["values"], counts["counts"], least), digits, lowercase)


def characters(text: pa.Array, least: int = 1, digits: bool = False, lowercase: bool = False) -> Vocabulary:
    """Vocabulary of the characters of words, in the order of `words`.

    Parameters
    ----------
    text : pyarrow array of str, shape (tokens,)
        Words as they occur, repeats and all.
    least : int
        Times that a character occurs in them, at least.
    digits, lowercase : bool
        See `Vocabulary`.
    """
    counts = _counts(folded(text, digits, lowercase))
    lengths = pc.utf8_length(counts["values"])
    letters, often = [], []
    for place in range(pc.max(lengths).as_py() or 0):
        rest = counts.filter(pc.greater(lengths, place))
        letters.append(pc.utf8_slice_codeunits(rest["values"].combine_chunks(), place, place + 1))
        often.append(rest["counts"].combine_chunks())
    if not letters:
        return Vocabulary(pa.array([], pa.large_string()), digits, lowercase)
    sums = pa.table([pa.concat_arrays(letters), pa.concat_arrays(often)], ["values", "counts"])
    found = sums.group_by("values", use_threads=False).aggregate([("counts", "sum")])
    return Vocabulary(_settled(found["values"], found["counts_sum"], least), digits, lowercase)


def folded(text: pa.Array, digits: bool, lowercase: bool) -> pa.Array:
    """Text as a vocabulary compares it.

    Parameters
    ----------
    text : pyarrow array of str, shape (n,)
    digits : bool
        Whether each of 0 to 9 becomes 0.
    lowercase : bool

    Returns
    -------
    pyarrow array of large_string, shape (n,)
    """
    found = text.cast(pa.large_string())
    if lowercase:
        found = pc.utf8_lower(found)
    return pc.replace_substring_regex(found, "[0-9]", "0") if digits else found


def _counts(text: pa.Array) -> pa.Table:
    found = pc.value_counts(text)
    return pa.table([found.field("values"), found.field("counts")], ["values", "counts"])


def _settled(terms: pa.ChunkedArray, counts: pa.ChunkedArray, least: int) -> pa.Array:
    table = pa.table([terms, counts], ["term", "count"]).filter(pc.greater_equal(counts, least))
    return table.sort_by([("count", "descending"), ("term", "ascending")])["term"].combine_chunks()
