"""Words and in how many documents they are: a statistic that is summed over pieces, then limited once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from etl.text.counts import frequencies
from etl.text.tokens import Tokens


@dataclass(frozen=True)
class Terms:
    """Words of documents, perhaps in several tables, of which the first is settled: no word is in it twice.

    Attributes
    ----------
    tables : tuple of pyarrow tables
        Columns ``term``, ``documents`` (that hold it), ``counts`` (how often it occurs).
    documents : int
        How many there are in all.
    """

    tables: tuple[pa.Table, ...]
    documents: int

    def settled(self) -> pa.Table:
        """One table in which each word is once."""
        if len(self.tables) == 1:
            return self.tables[0]
        groups = pa.concat_tables(self.tables).group_by("term", use_threads=False)
        sums = groups.aggregate([("documents", "sum"), ("counts", "sum")])
        return pa.table(
            [sums["term"], sums["documents_sum"], sums["counts_sum"]], self.tables[0].column_names
        )


def survey(grams: Sequence[Tokens], least: float = 1, most: float = np.inf) -> Terms:
    """The words of a piece.

    Parameters
    ----------
    grams : sequence of Tokens
        The words, and sequences of them, of the same documents, as `etl.text.ngrams.grams` gives them.
    least, most : float
        Documents of the piece that a word is in, at least and at most; other words are left out.

    Raises
    ------
    ValueError
        There are words, but none within the limits.
    """
    names, documents, counts = [], [], []
    for tokens in grams:
        within, often = frequencies(tokens)
        which = np.flatnonzero((within >= max(least, 1)) & (within <= most))
        names.append(tokens.names(which))
        documents.append(within[which])
        counts.append(often[which])
    if any(len(tokens.codes) for tokens in grams) and not any(map(len, names)):
        seen = np.concatenate([frequencies(tokens)[0] for tokens in grams])
        raise ValueError(_none(least, most, seen, len(grams[0].starts) - 1))
    columns = [pa.concat_arrays(names), np.concatenate(documents), np.concatenate(counts)]
    return Terms((pa.table(columns, ["term", "documents", "counts"]),), len(grams[0].starts) - 1)


def merge(left: Terms, right: Terms) -> Terms:
    """The words of both. Tables are summed only when those that wait outgrow the settled one.

    Parameters
    ----------
    left, right : Terms
        Of different documents.
    """
    both = Terms((*left.tables, *right.tables), left.documents + right.documents)
    if sum(map(len, both.tables[1:])) <= len(both.tables[0]):
        return both
    return Terms((both.settled(),), both.documents)


def bounds(documents: int, min_df: float, max_df: float) -> tuple[float, float]:
    """Limits as numbers of documents.

    Parameters
    ----------
    documents : int
        How many there are in all.
    min_df, max_df : int or float
        Documents that a word is in, at least and at most; floats are shares of all documents.

    Returns
    -------
    low, high : float

    Raises
    ------
    ValueError
        They cross each other, or one is out of range.
    """
    for name, value in (("min_df", min_df), ("max_df", max_df)):
        whole = isinstance(value, Integral)
        if not (value >= 1 if whole else 0 <= value <= 1):
            raise ValueError(
                f"{name} is {value!r}; give a number of documents from 1, or a share of 0.0 to 1.0"
            )
    low, high = (v if isinstance(v, Integral) else v * documents for v in (min_df, max_df))
    if high < low:
        raise ValueError(
            f"max_df={max_df} stands for {high:g} documents and min_df={min_df} for {low:g}, of {documents}; "
            "no word can be in fewer than the one and in more than the other: lower min_df or raise max_df"
        )
    return low, high


def limited(
    terms: Terms, min_df: float = 1, max_df: float = 1.0, max_features: int | None = None
) -> pa.Array:
    """Words within the limits, in the order of their code points.

    Parameters
    ----------
    terms : Terms
    min_df, max_df : int or float
        See `bounds`.
    max_features : int, optional
        Keep so many that occur most often; of equals, those first in order.

    Returns
    -------
    pyarrow array of large_string, shape (words,)

    Raises
    ------
    ValueError
        No word is left.
    """
    low, high = bounds(terms.documents, min_df, max_df)
    table = terms.settled()
    if not len(table):
        raise ValueError(f"{terms.documents} documents hold no words, but perhaps stop words or short ones")
    within = table["documents"].to_numpy()
    table = table.filter(pa.array((within >= low) & (within <= high)))
    if not len(table):
        raise ValueError(_none(low, high, within, terms.documents))
    if max_features is not None and len(table) > max_features:
        by = [("counts", "descending"), ("term", "ascending")]
        table = table.take(pc.sort_indices(table, sort_keys=by)[:max_features])
    names = table["term"].combine_chunks()
    return names.take(pc.sort_indices(names))


def _none(low: float, high: float, within: np.ndarray, documents: int) -> str:
    few, many = int((within < low).sum()), int((within > high).sum())
    remedy = " or ".join(["lower min_df"] * (few > 0) + ["raise max_df"] * (many > 0))
    return (
        f"no word is in {low:g} to {high:g} of {documents:,} documents: {few:,} words are in fewer and "
        f"{many:,} in more; {remedy}"
    )


def stop_list(stop_words: str | Iterable[str] | None) -> list[str]:
    """Words to leave out: none, scikit-learn's English ones, or those given.

    Examples
    --------
    >>> len(stop_list("english")), stop_list(["a"]), stop_list(None)
    (318, ['a'], [])
    """
    if stop_words is None:
        return []
    if isinstance(stop_words, str):
        if stop_words != "english":
            raise ValueError(f"stop_words is {stop_words!r}; the only list with a name is 'english'")
        return sorted(ENGLISH_STOP_WORDS)
    return list(stop_words)


def fixed(vocabulary: Mapping[str, int] | Iterable[str]) -> pa.Array:
    """The words of a vocabulary that is given, in the order of its columns.

    Parameters
    ----------
    vocabulary : mapping of word to column, or iterable of words
        Of a set, words are sorted; else they keep their order.

    Returns
    -------
    pyarrow array of large_string, shape (words,)

    Raises
    ------
    ValueError
        There is no word, one is there twice, or the columns are not 0, 1, 2 and so on.
    """
    if isinstance(vocabulary, Mapping):
        words = sorted(vocabulary, key=vocabulary.__getitem__)
        if [vocabulary[word] for word in words] != list(range(len(words))):
            raise ValueError("the vocabulary's columns are not 0, 1, 2 and so on, each once")
    else:
        words = sorted(vocabulary) if isinstance(vocabulary, set | frozenset) else list(vocabulary)
    found = pa.array(words, pa.large_string())
    if not len(found):
        raise ValueError("the vocabulary is empty; give at least one word")
    twice = pc.value_counts(found).filter(pc.greater(pc.struct_field(pc.value_counts(found), 1), 1))
    if len(twice):
        raise ValueError(f"the vocabulary holds {twice[0]['values'].as_py()!r} more than once")
    return found
