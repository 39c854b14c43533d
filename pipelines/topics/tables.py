"""Tables of a run: each topic in a row, and the documents that are most about it."""

import csv
from pathlib import Path
from typing import Any

import numpy as np

from models.topics.metrics import top_words
from models.topics.saved_topics import Topics
from models.topics.shares import Shares
from pipelines.topics.corpus import Corpus
from pipelines.topics.measures import TOP

Rows = list[dict[str, Any]]


def topics(found: Topics, prevalence: np.ndarray, npmi: np.ndarray) -> Rows:
    """``topic, prevalence, npmi, words``, the most prevalent first; words are a list, in order."""
    words = top_words(found.model.components_, found.terms, min(TOP, len(found.terms)))
    order = np.argsort(-prevalence, kind="stable").tolist()
    return [
        {
            "topic": k,
            "prevalence": round(float(prevalence[k]), 6),
            "npmi": round(float(npmi[k]), 4),
            "words": words[k],
        }
        for k in order
    ]


def typical(corpus: Corpus, shares: Shares) -> Rows:
    """``topic, share, id, tokens, text``: of each topic the documents that hold most of it."""
    return [
        {
            "topic": topic,
            "share": round(share, 4),
            "id": corpus.about["id"][number].as_py(),
            "tokens": int(corpus.lengths[number]),
            "text": corpus.preview(number),
        }
        for topic, number, share in shares.typical
    ]


def write(path: Path, rows: Rows) -> None:
    """Write rows as CSV; words of a list are parted by blanks."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow(
                {key: " ".join(value) if isinstance(value, list) else value for key, value in row.items()}
            )
