r"""Documents cut into tokens: runs of word characters, coded by the words that there are.

What a token is, `etl.text.word_rules` says. On the CPU a compiled loop cuts, with the tables of the Python
that runs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.engine import Engine, engine_of
from etl.engine.types import Array, Series
from etl.handoff import from_host
from etl.text import kernels, tokenise_frame, unicode, word_rules
from etl.text.word_rules import Rule

Documents: TypeAlias = Series | Sequence[str] | Sequence[Sequence[str]] | pa.Array
"""Texts, one a document, or the tokens of each."""


@dataclass(frozen=True)
class Tokens:
    """The tokens of documents, one document after the other.

    Attributes
    ----------
    codes : array of int32, shape (tokens,)
        Number of each token's word, where the text lies.
    starts : array of int64, shape (documents + 1,)
        Where each document's tokens begin.
    terms : pyarrow array of large_string, shape (words,)
        The words, in order of appearance, in host memory.
    """

    codes: Array
    starts: Array
    terms: pa.Array

    @property
    def engine(self) -> Engine:
        """Engine of the library that holds the codes."""
        return engine_of(self.codes)

    @property
    def words(self) -> int:
        """How many words there are."""
        return len(self.terms)

    def names(self, which: np.ndarray) -> pa.Array:
        """The words of these numbers."""
        return self.terms.take(pa.array(which))

    def without(self, stop: Sequence[str]) -> "Tokens":
        """The tokens that are none of these words; the numbers of words stay."""
        xp = self.engine.xp
        stopped = pc.is_in(self.terms, value_set=pa.array(stop, self.terms.type))
        keep = ~from_host(stopped.to_numpy(zero_copy_only=False), self.engine)[self.codes]
        before = xp.concatenate([xp.zeros(1, "int64"), xp.cumsum(keep, dtype="int64")])
        return replace(self, codes=self.codes[keep], starts=before[self.starts])

    def by_rule(self, min_length: int, rule: Rule) -> "Tokens":
        """The words of tokens that are runs of word characters and marks; see `etl.text.word_rules`."""
        terms, codes, firsts = word_rules.regrouped(self.terms, min_length, rule)
        xp, own = self.engine.xp, from_host(np.diff(firsts), self.engine)[self.codes]
        after = xp.concatenate([xp.zeros(1, "int64"), xp.cumsum(own, dtype="int64")])
        place = xp.arange(int(after[-1]))
        run = xp.searchsorted(after, place, side="right") - 1
        word = from_host(firsts[:-1], self.engine)[self.codes[run]] + place - after[run]
        return Tokens(from_host(codes, self.engine)[word].astype("int32"), after[self.starts], terms)


def tokenise(text: Documents, lowercase: bool = True, min_length: int = 2, rule: Rule = "marks") -> Tokens:
    """Cut texts into tokens.

    Parameters
    ----------
    text : Series of str, or any sequence of str; or one of lists of str
        Lists are taken as tokens already, and left as they are.
    lowercase : bool
        Lower the case first.
    min_length : int
        Characters of a token, at least.
    rule : {"marks", "characters", "scikit-learn"}
        What a word is.

    Raises
    ------
    TypeError, ValueError
        What is given is one string, is no text, or a document is missing.

    Examples
    --------
    >>> found = tokenise(["The cat, the hat.", "", "A hat?"])
    >>> found.terms.to_pylist(), found.codes.tolist(), found.starts.tolist()
    (['the', 'cat', 'hat'], [0, 1, 0, 2, 2], [0, 4, 4, 5])
    """
    if isinstance(text, str):
        raise TypeError("one string was given; give a series or list of documents")
    if getattr(text, "ndim", 1) == 1 and hasattr(text, "factorize") and engine_of(text).name == "gpu":
        if hasattr(text, "list"):
            return Tokens(*tokenise_frame.listed(text))
        if hasattr(text, "str"):
            return _on_device(text, lowercase, min_length, rule)
        kind = getattr(text, "dtype", type(text).__name__)
        raise TypeError(f"the documents are no texts (they are {kind}); give strings, or lists of tokens")
    documents = arrow(text)
    if pa.types.is_large_list(documents.type):
        return listed(documents)
    return _compiled(documents, lowercase, min_length, rule)


def _on_device(text: Series, lowercase: bool, min_length: int, rule: Rule) -> Tokens:
    marked = rule != "scikit-learn"
    tokens = Tokens(*tokenise_frame.tokenise(text, lowercase, min_length, marked))
    ascii_only = pc.all(pc.string_is_ascii(tokens.terms)).as_py() in (True, None)
    plain = not marked or (ascii_only and min_length <= 2)
    return tokens if plain else tokens.by_rule(min_length, rule)


def arrow(text: Documents) -> pa.Array:
    """Documents as one Arrow array of large_string, or of lists of it, with none missing."""
    try:
        found = text if isinstance(text, pa.Array | pa.ChunkedArray) else pa.array(text, from_pandas=True)
        if isinstance(found, pa.ChunkedArray):
            found = found.combine_chunks()
        lists = pa.types.is_list(found.type) or pa.types.is_large_list(found.type)
        if not _is_text(found.type.value_type if lists else found.type):
            raise pa.ArrowTypeError(f"they are {found.type}")
        found = found.cast(pa.large_list(pa.large_string()) if lists else pa.large_string())
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        raise TypeError(f"the documents are no texts ({error}); give strings, or lists of tokens") from error
    if found.null_count:
        first = pc.index(found.is_null(), True).as_py()
        raise ValueError(
            f"{found.null_count} documents are missing, the first is number {first}, counted from 0; "
            "drop them, or fill them with the empty string"
        )
    return found


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_text(kind.value_type)
    return any(
        check(kind)
        for check in (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_null)
    )


def _compiled(text: pa.Array, lowercase: bool, min_length: int, rule: Rule) -> Tokens:
    table = unicode.table(lowercase, rule != "scikit-learn")
    codes, starts, blocks, begins, seen = kernels.tokenise(*_buffers(text), table, min_length)
    if seen & unicode.LOWER:
        small = unicode.lowered(text)
        codes, starts, blocks, begins, seen = kernels.tokenise(*_buffers(small), table, min_length)
    tokens = Tokens(codes, starts, _terms(blocks, begins))
    return tokens.by_rule(min_length, rule) if seen & unicode.LOOK else tokens


def _buffers(text: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Bytes of all documents, and where each begins; zero copies."""
    _, offsets, data = text.buffers()
    if not len(text):
        return np.frombuffer(b"", "uint8"), np.frombuffer(bytes(8), "int64")
    ends = np.frombuffer(offsets, "int64")[text.offset : text.offset + len(text) + 1]
    return np.frombuffer(data or b"", "uint8"), ends


def _terms(blocks: np.ndarray, begins: np.ndarray) -> pa.Array:
    """Words without the zeros that fill their blocks."""
    pool = blocks.view("uint8")
    filled = pool != 0
    ends = np.concatenate([[0], np.cumsum(filled)])[begins * 8]
    return pa.LargeStringArray.from_buffers(
        len(begins) - 1, pa.py_buffer(ends.astype("int64")), pa.py_buffer(pool[filled])
    )


def listed(lists: pa.Array) -> Tokens:
    """Tokens of documents that are lists of tokens."""
    flat = lists.flatten().dictionary_encode()
    if flat.null_count:
        raise ValueError(f"{flat.null_count} tokens are missing; drop them from their lists")
    lengths = pc.list_value_length(lists).to_numpy(zero_copy_only=False)
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype("int64")
    return Tokens(flat.indices.to_numpy(), starts, flat.dictionary)
