"""What the topics pipeline tells of a run, from its metrics and tables."""

from typing import Any

from pipelines.report import Story, Table, show
from pipelines.topics.tables import Rows

CAPTIONS = {
    "topics": "The most prevalent topics: probability of their first words.",
    "coherence": "Topics by their share of all words, and how often their first words occur together (NPMI).",
    "map": "Topics that use the same words are near: Hellinger distances, as far as two dimensions go.",
    "over_time": "Share of all words by date, of the topics that change most.",
    "fit": "What the fit was led by: the spectrum of the second moment, and the gain of each pass.",
}


def story(metrics: dict[str, Any], rows: Rows, typical: Rows) -> Story:
    """The documents, the topics and their quality in a paragraph; topics and typical documents in tables."""
    tables = [_topics(rows), _typical(rows, typical)]
    if metrics["labels"]:
        tables.append(_labels(metrics["labels"]))
    headline = {name: metrics[name] for name in ("perplexity", "npmi", "diversity", "topics")}
    return Story(_summary(metrics), tables, CAPTIONS, headline=headline)


def _topics(rows: Rows) -> Table:
    lines = [
        [str(row["topic"]), f"{row['prevalence']:.1%}", f"{row['npmi']:.3f}", " ".join(row["words"])]
        for row in rows
    ]
    return "Topics", ["topic", "of all words", "NPMI", "first words"], lines


def _typical(rows: Rows, typical: Rows) -> Table:
    """The first document of each topic, in the order of the topics' table."""
    first = {row["topic"]: row for row in reversed(typical)}
    lines = [
        [str(k), f"{first[k]['share']:.0%}", f"{first[k]['id']} {first[k]['text']}".strip()]
        for k in (row["topic"] for row in rows)
        if k in first
    ]
    return (
        "Most typical documents (three of each topic are in typical.csv)",
        ["topic", "share", "document"],
        lines,
    )


def _labels(told: dict[str, Any]) -> Table:
    lines = [
        ["logistic regression on shares of topics", show(told["accuracy"])],
        ["the most frequent label", show(told["majority"])],
    ]
    return f"Labels told from topics, {told['judged']:,} documents held out", ["", "accuracy"], lines


def _summary(metrics: dict[str, Any]) -> str:
    aside = f"; {metrics['quarantined']:,} rows were set aside" if metrics["quarantined"] else ""
    empty = f"; {metrics['empty']:,} documents hold none" if metrics["empty"] else ""
    parts = [
        f"{metrics['documents']:,} documents of {metrics['tokens']:,} words, {metrics['vocabulary']:,} of "
        f"them different{empty}{aside}. {metrics['topics']} topics."
    ]
    if metrics["perplexity"] is not None:
        parts.append(
            f"Half of each of {metrics['held_out']:,} documents, predicted from the other half, has a "
            f"perplexity of {metrics['perplexity']:,.0f}: as if each word were one of so many equal ones."
        )
    parts.append(
        f"A topic's first words occur together with an NPMI of {metrics['npmi']:.3f} in the mean (1: always, "
        f"0: as by chance), and {metrics['diversity']:.0%} of the topics' first words are different."
    )
    if "found" in metrics:
        parts.append(
            f"Of the known topics {metrics['found']:.0%} were found, at a mean L1 distance of "
            f"{metrics['distance']:.2f} (0: the same, 2: no word in common)."
        )
    if told := metrics["labels"]:
        parts.append(
            f"A logistic regression on the shares of topics alone tells {told['classes']} labels with an "
            f"accuracy of {told['accuracy']:.1%}; always the most frequent one: {told['majority']:.1%}."
        )
    return " ".join(parts)
