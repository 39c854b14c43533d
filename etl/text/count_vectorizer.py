"""Counts of words with a learnt or given vocabulary, as scikit-learn's class of that name, for pieces too."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from etl.engine.types import Csr
from etl.pieces import Pieces
from etl.text import vocabulary as words
from etl.text import word_rules
from etl.text.counts import frequencies, matrix
from etl.text.ngrams import grams
from etl.text.tokens import Documents, Tokens, tokenise
from etl.text.word_rules import Rule


class CountVectorizer(TransformerMixin, BaseEstimator):
    r"""Documents to a sparse matrix of counts of words, as scikit-learn's class makes it.

    Parameters
    ----------
    lowercase : bool
        Lower the case first.
    min_length : int
        Characters of a token, at least; scikit-learn's ``(?u)\b\w\w+\b`` is 2, ``(?u)\b\w+\b`` is 1.
    stop_words : None, "english" or iterable of str
        Left out before sequences are made.
    ngram_range : (int, int)
        Words of a sequence, at least and at most.
    min_df, max_df : int or float
        Documents that a word is in, at least and at most; floats are shares.
    max_features : int, optional
        Keep so many that occur most often; of equals, the first in order.
    vocabulary : mapping or iterable, optional
        Words and their columns, instead of learning them.
    token_rule : {"auto", "marks", "characters", "scikit-learn"}
        What a word is, see `etl.text.word_rules`; with ``scikit-learn`` all counts are that class's. ``auto``
        is ``marks``, or ``characters`` where the documents learnt from put no blanks between Chinese words.

    Attributes
    ----------
    rule_ : str
        The rule that was taken.
    choice_ : str
        What is to be said of it, if anything.
    terms_ : pyarrow array of str
        The words, in the order of their columns: by code points, if learnt.

    Examples
    --------
    >>> model = CountVectorizer(ngram_range=(1, 2))
    >>> model.fit_transform(["the cat", "the hat the cat"]).toarray().tolist()
    [[1, 0, 0, 1, 1, 0], [1, 1, 1, 2, 1, 1]]
    >>> model.get_feature_names_out().tolist()
    ['cat', 'hat', 'hat the', 'the', 'the cat', 'the hat']
    """

    def __init__(
        self,
        lowercase: bool = True,
        min_length: int = 2,
        stop_words: str | Iterable[str] | None = None,
        ngram_range: tuple[int, int] = (1, 1),
        min_df: float = 1,
        max_df: float = 1.0,
        max_features: int | None = None,
        vocabulary: Mapping[str, int] | Iterable[str] | None = None,
        token_rule: Rule = "auto",
    ) -> None:
        self.lowercase = lowercase
        self.min_length = min_length
        self.stop_words = stop_words
        self.ngram_range = ngram_range
        self.min_df = min_df
        self.max_df = max_df
        self.max_features = max_features
        self.vocabulary = vocabulary
        self.token_rule = token_rule

    def fit(self, text: Documents | Pieces, y: object = None) -> "CountVectorizer":
        """Learn the vocabulary.

        Parameters
        ----------
        text : Series or sequence of str or of lists of str; or Pieces of such
            The words of pieces are merged, and the limits then applied to all.
        y : ignored
            There for scikit-learn's pipelines.

        Raises
        ------
        TypeError, ValueError
            Documents are no text, or missing; a parameter is out of range; or no word is left.
        """
        self._begin()
        if self.vocabulary is not None:
            self.terms_ = words.fixed(self.vocabulary)
        elif isinstance(text, Pieces):
            self._limit(self._surveyed(text))
        else:
            self._learn(self._grams(self._tokens(text)))
        return self

    def fit_transform(self, text: Documents | Pieces, y: object = None) -> Any:
        """Learn the vocabulary and count; text that is no `Pieces` is read once only.

        Parameters and result are those of `fit` and `transform`.
        """
        if isinstance(text, Pieces) or self.vocabulary is not None:
            return self.fit(text).transform(text)
        self._begin()
        tokens = self._grams(self._tokens(text))
        self._learn(tokens)
        return self._count(tokens)

    def transform(self, text: Documents | Pieces) -> Any:
        """Counts of the vocabulary's words in documents.

        Parameters
        ----------
        text : Series or sequence of str or of lists of str; or Pieces of such

        Returns
        -------
        csr_matrix of int32 (CuPy's of float32 on a device), shape (documents, words), or Pieces of such
            A document that holds no known word is an empty row.
        """
        self._ready()
        if isinstance(text, Pieces):
            return text.map("count words", self.transform)
        return self._count(self._grams(tokenise(text, self.lowercase, self.min_length, self.rule_)))

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """The words, in the order of their columns: array of object, shape (words,)."""
        self._ready()
        return np.array(self.terms_.to_pylist(), dtype=object)

    @property
    def vocabulary_(self) -> dict[str, int]:
        """Column of each word."""
        self._ready()
        return {word: column for column, word in enumerate(self.terms_.to_pylist())}

    def _ready(self) -> None:
        if self.vocabulary is not None and not hasattr(self, "terms_"):
            self._begin()
            self.terms_ = words.fixed(self.vocabulary)
        check_is_fitted(self, "terms_")

    def _begin(self) -> None:
        low, high = self.ngram_range
        if not 1 <= low <= high:
            raise ValueError(f"ngram_range is {self.ngram_range}; it must be (least, most), from 1 upwards")
        if self.min_length < 1:
            raise ValueError(f"min_length is {self.min_length}; a token has at least 1 character")
        self.rule_: Rule = "marks" if self.token_rule == "auto" else self.token_rule
        self.choice_ = ""

    def _tokens(self, text: Documents) -> Tokens:
        """Tokens of all documents, by a rule that is chosen by them."""
        tokens = tokenise(text, self.lowercase, self.min_length, self.rule_)
        if self.token_rule == "auto" and tokens.words:
            self.rule_, self.choice_ = word_rules.choose(tokens.terms, frequencies(tokens)[1])
        return tokens.by_rule(self.min_length, self.rule_) if self.rule_ == "characters" else tokens

    def _grams(self, tokens: Tokens) -> list[Tokens]:
        stop = words.stop_list(self.stop_words)
        return grams(tokens.without(stop) if stop else tokens, *self.ngram_range)

    def _surveyed(self, pieces: Pieces) -> words.Terms:
        """Words of all pieces, which are gone through once more where Chinese is to be cut."""
        found = pieces.reduce(self._survey, words.merge)
        if self.token_rule == "auto":
            table = found.settled()
            self.rule_, self.choice_ = word_rules.choose(
                table["term"].combine_chunks(), table["counts"].to_numpy()
            )
        return pieces.reduce(self._survey, words.merge) if self.rule_ == "characters" else found

    def _survey(self, text: Documents) -> words.Terms:
        return words.survey(self._grams(tokenise(text, self.lowercase, self.min_length, self.rule_)))

    def _learn(self, tokens: list[Tokens]) -> None:
        low, high = words.bounds(len(tokens[0].starts) - 1, self.min_df, self.max_df)
        self._limit(words.survey(tokens, low, high))

    def _limit(self, terms: words.Terms) -> None:
        self.terms_ = words.limited(terms, self.min_df, self.max_df, self.max_features)

    def _count(self, lengths: list[Tokens]) -> Csr:
        parts = [matrix(tokens, self._columns(tokens), len(self.terms_)) for tokens in lengths]
        total = parts[0]
        for part in parts[1:]:
            total = total + part
        return total

    def _columns(self, tokens: Tokens) -> np.ndarray:
        """The column of each word, -1 of those that are not in the vocabulary."""
        names = tokens.names(np.arange(tokens.words))
        return pc.fill_null(pc.index_in(names, value_set=self.terms_), pa.scalar(-1, pa.int32())).to_numpy()
