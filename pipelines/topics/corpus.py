"""Counts of all documents, and what is known of each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from etl import handoff, spill
from etl.engine import Engine, array_namespace
from etl.engine.types import Csr, Frame
from etl.pieces import Pieces
from etl.text.count_vectorizer import CountVectorizer
from etl.text.counts import placed
from etl.text.word_rules import Rule
from models.topics.documents import keep
from models.topics.saved_topics import Topics
from pipelines.topics import columns as topics_about
from pipelines.topics import enough
from pipelines.topics.config import Config
from pipelines.topics.data import Desk, Loaded

PREVIEW = 120
"""Characters of a document that the report shows."""


@dataclass(frozen=True)
class Corpus:
    """Counts of all documents, in order.

    Attributes
    ----------
    counts : Pieces of CSR matrices
    terms : list of str
    whole : bool
        In memory.
    lengths : array of int64, shape (documents,)
        Tokens.
    firsts : list of int
        Number of each piece's first document; and, last, of all documents.
    pairs : int
        Counts that are not zero.
    about : pyarrow Table
        ``id``, and perhaps ``date`` and ``label``.
    frames : Pieces, optional
        Texts of the same pieces.
    token_rule : str
        What a word of the texts is.
    """

    counts: Pieces
    terms: list[str]
    whole: bool
    lengths: np.ndarray
    firsts: list[int]
    pairs: int
    about: pa.Table
    frames: Pieces | None = None
    token_rule: Rule = "auto"

    def preview(self, number: int) -> str:
        """How a document's text begins, in one line; empty where there is no text."""
        if self.frames is None:
            return ""
        piece = int(np.searchsorted(self.firsts, number, side="right")) - 1
        item = self.frames.items[piece]
        frame = spill.load(item) if isinstance(item, spill.Spilled) else item
        row = number - self.firsts[piece]
        text = handoff.to_arrow(frame[["text"]].iloc[row : row + 1])["text"][0].as_py()
        return " ".join((text if isinstance(text, str) else " ".join(text[:PREVIEW])).split())[:PREVIEW]


def count(config: Config, run: Desk, loaded: Loaded, saved: Topics | None = None) -> Corpus:
    """Count the words of texts, by a vocabulary that is learnt or given, and look at all documents once."""
    counts, terms, rule = loaded.counts, list(loaded.terms), config.token_rule
    words = saved.terms if saved else []
    if loaded.frames is not None:
        enough.check_texts(config, loaded.frames)
        rule = saved.token_rule if saved else config.token_rule
        counts, terms, rule = _counted(replace(config, token_rule=rule), run, loaded.frames, words)
    assert counts is not None
    _same(terms, words)
    counts = keep(counts) if loaded.whole else stored(counts, run.scratch, run.engine)
    facts = list(counts.map("lengths", _lengths))
    lengths = np.concatenate([handoff.to_host(own) for own, _ in facts]).astype("int64")
    firsts = [0, *np.cumsum([len(own) for own, _ in facts]).tolist()]
    if not lengths.any():
        raise ValueError(
            f"none of {len(lengths):,} documents holds a word of the vocabulary"
            + ("; were they written in the language of the model's documents?" if len(words) else "")
        )
    if saved is None:
        enough.check(config.topics, lengths, len(terms))
    about = _about(config, loaded, len(lengths))
    pairs = sum(size for _, size in facts)
    return Corpus(counts, terms, loaded.whole, lengths, firsts, pairs, about, loaded.frames, rule)


def _counted(
    config: Config, run: Desk, frames: Pieces, words: Sequence[str]
) -> tuple[Pieces, list[str], Rule]:
    texts = frames.map("text", _text)
    model = CountVectorizer(
        stop_words="english",
        min_df=config.min_df,
        max_df=config.max_df,
        vocabulary=words or None,
        token_rule=config.token_rule,
    ).fit(texts)
    if model.choice_:
        run.say(f"words: {model.choice_}")
    if not words:
        run.say(
            f"vocabulary: {len(model.terms_):,} words, in at least {_many(config.min_df)} documents and at "
            f"most {_many(config.max_df)}, without scikit-learn's English stop words"
        )
    return model.transform(texts), model.terms_.to_pylist(), model.rule_


def _many(limit: float) -> str:
    return f"{limit:g}" if isinstance(limit, int) else f"{limit:.3g} of all"


def _same(terms: list[str], words: Sequence[str]) -> None:
    if words and list(words) != terms:
        raise ValueError(
            f"the documents are counted by {len(terms):,} words that are not the model's {len(words):,} in "
            "their order; give texts, or counts and --vocabulary of the model's own words"
        )


def _about(config: Config, loaded: Loaded, size: int) -> pa.Table:
    columns = config.columns
    if loaded.source is None:
        return topics_about.numbered(size)
    if loaded.frames is None:
        return topics_about.beside(columns, size, config.encoding)
    assert loaded.about is not None
    return topics_about.of_texts(loaded.about, columns)


def _text(frame: Frame) -> Any:
    return frame["text"]


def _lengths(X: Csr) -> tuple[Any, int]:
    return array_namespace(X).asarray(X.sum(axis=1)).ravel(), int(X.nnz)


def stored(counts: Pieces, folder: Path, engine: Engine) -> Pieces:
    """Counts in files that all workers see, so that no pass counts words again."""
    if all(isinstance(item, Path) for item in counts.items):
        return counts
    items = list(counts.map("keep", partial(spill.save_csr, folder=folder)))
    return replace(counts, items=items, steps=(("read counts", partial(_fetch, engine=engine)),))


def _fetch(path: Path, engine: Engine) -> Any:
    return placed(spill.load_csr(path), engine)
