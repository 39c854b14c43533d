"""How good topics are, and what each document is made of."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from etl.engine.types import Csr
from etl.handoff import to_host
from etl.pieces import Pieces
from models.topics import metrics
from models.topics.documents import first, together
from models.topics.saved_topics import Topics
from models.topics.shares import Shares, ShareTotals
from pipelines.topics.columns import periods
from pipelines.topics.corpus import Corpus

TOP = 10
"""Words that stand for a topic."""
CONTEXTS = 50_000
"""Documents, at most, that coherence is measured in."""
SHORT = 3
"""Tokens below which a document is short: the tensor needs three."""


def quality(topics: Topics, test: Csr, train: Pieces, documents: int, seed: int) -> dict[str, Any]:
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
    when = periods(corpus.about["date"]) if "date" in corpus.about.column_names else ()
    totals = ShareTotals(corpus.lengths, k, wanted, *when)
    names = [f"topic_{number}" for number in range(k)]
    schema = pa.schema([("id", pa.string()), *((name, pa.float32()) for name in names)])
    with pyarrow.parquet.ParquetWriter(path, schema) as writer:
        for begin, shares in zip(corpus.firsts, topics.model.transform(corpus.counts), strict=False):
            host = totals.add(begin, shares)
            ids = corpus.about["id"].slice(begin, len(host)).combine_chunks()
            writer.write_table(pa.table([ids, *np.ascontiguousarray(host.T)], schema=schema))
    return totals.result()


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
