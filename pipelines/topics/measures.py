"""How good topics are, and what each document is made of."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from etl.engine import array_namespace
from etl.handoff import to_host
from etl.pieces import Pieces
from models.topics import metrics
from models.topics.documents import first, together
from pipelines.topics.columns import Periods, periods
from pipelines.topics.corpus import Corpus
from pipelines.topics.model import Topics

TOP = 10
"""Words that stand for a topic."""
CONTEXTS = 50_000
"""Documents, at most, that coherence is measured in."""
TYPICAL = 3
"""Documents shown of each topic."""
SHORT = 3
"""Tokens below which a document is short: the tensor needs three."""


@dataclass(frozen=True)
class Shares:
    """What documents are made of, summed up.

    Attributes
    ----------
    prevalence : array, shape (k,)
        Share of all tokens.
    typical : list of (topic, document, share)
        Documents, of at least the median length, with the largest share of each topic.
    periods : Periods, optional
        Of the dates.
    over_time : array, shape (periods, k)
        Tokens of each topic.
    kept : array of float32, shape (rows kept, k)
        Of the documents that were asked for, where the documents lie.
    """

    prevalence: np.ndarray
    typical: list[tuple[int, int, float]]
    periods: Periods | None
    over_time: np.ndarray | None
    kept: Any


def quality(topics: Topics, test: Any, train: Pieces, documents: int, seed: int) -> dict[str, Any]:
    """Perplexity of documents held out (None if they have no two tokens), NPMI of each topic, diversity."""
    B, top = topics.model.components_, min(TOP, topics.model.components_.shape[1])
    lengths = test.sum(axis=1)
    perplexity = None
    if int((lengths > 1).sum()):
        perplexity = metrics.perplexity(
            test, B, prior=topics.model.alpha_, background=topics.background, seed=seed
        )
    contexts = together(first(train, documents, CONTEXTS))
    coherence = to_host(metrics.npmi(B, contexts, top))
    return {"perplexity": perplexity, "npmi": coherence, "diversity": metrics.diversity(B, top)}


def describe(corpus: Corpus, topics: Topics, path: Path, wanted: np.ndarray) -> Shares:
    """Shares of all documents, written to a Parquet file piece by piece, and summed up.

    Parameters
    ----------
    wanted : array of bool, shape (documents,)
        Whose shares to keep.
    """
    k = len(topics.model.components_)
    when = periods(corpus.about["date"]) if "date" in corpus.about.column_names else None
    over = np.zeros((len(when.names) if when else 1, k))
    best, kept = _Best(corpus.lengths, k), []
    names = [f"topic_{number}" for number in range(k)]
    schema = pa.schema([("id", pa.string()), *((name, pa.float32()) for name in names)])
    with pyarrow.parquet.ParquetWriter(path, schema) as writer:
        for begin, shares in zip(corpus.firsts, topics.model.transform(corpus.counts), strict=False):
            here = slice(begin, begin + len(shares))
            kept.append(shares[array_namespace(shares).asarray(np.flatnonzero(wanted[here]))])
            host = to_host(shares)
            ids = corpus.about["id"].slice(begin, len(host)).combine_chunks()
            writer.write_table(pa.table([ids, *np.ascontiguousarray(host.T)], schema=schema))
            best.see(begin, host)
            tokens = host * corpus.lengths[here, None]
            np.add.at(over, when.codes[here] if when else np.zeros(len(host), int), tokens)
    total = over.sum(axis=0)
    return Shares(
        total / total.sum(),
        best.found(),
        when,
        over if when else None,
        array_namespace(kept[0]).concatenate(kept),
    )


class _Best:
    """The documents with the largest shares of each topic, so far; short ones do not count."""

    def __init__(self, lengths: np.ndarray, topics: int) -> None:
        self.long = lengths >= max(1.0, float(np.median(lengths[lengths > 0])))
        self.share = np.zeros((0, topics), "float32")
        self.number = np.zeros((0, topics), "int64")

    def see(self, begin: int, shares: np.ndarray) -> None:
        rows = np.flatnonzero(self.long[begin : begin + len(shares)])
        own = np.broadcast_to((begin + rows)[:, None], (len(rows), shares.shape[1]))
        share, number = np.concatenate([self.share, shares[rows]]), np.concatenate([self.number, own])
        order = np.argsort(-share, axis=0, kind="stable")[:TYPICAL]
        self.share, self.number = (np.take_along_axis(a, order, 0) for a in (share, number))

    def found(self) -> list[tuple[int, int, float]]:
        return [
            (topic, int(self.number[place, topic]), float(self.share[place, topic]))
            for topic in range(self.share.shape[1])
            for place in range(len(self.share))
        ]


def apart(components: Any) -> np.ndarray:
    """Hellinger distances between topics, shape (k, k), on the host."""
    xp = array_namespace(components)
    root = xp.sqrt(xp.maximum(components, 0))
    return to_host(xp.sqrt(xp.maximum(1 - root @ root.T, 0)))


def counts(corpus: Corpus) -> dict[str, int]:
    """Documents, words and counts, and how many documents are empty or short."""
    lengths = corpus.lengths
    return {
        "documents": len(lengths),
        "vocabulary": len(corpus.terms),
        "tokens": int(lengths.sum()),
        "nnz": corpus.pairs,
        "empty": int((lengths == 0).sum()),
        "short": int(((lengths > 0) & (lengths < SHORT)).sum()),
    }


def of_model(topics: Topics) -> dict[str, Any]:
    """What the fit says of itself; None for a model that was loaded."""
    model = topics.model
    learnt = ("residual", "burstiness", "n_iter", "stop_reason")
    found = {name: getattr(model, f"{name}_", None) for name in learnt}
    return found | {"fit_seconds": getattr(model, "seconds_", {})}
