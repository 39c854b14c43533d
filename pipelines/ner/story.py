"""What the named-entity pipeline tells of a run, from its metrics."""

from typing import Any

from pipelines.ner.figures import TITLES
from pipelines.ner.measures import ENOUGH, Row
from pipelines.report import Story, Table

CAPTIONS = {
    "curves": "F1 of spans in held-out sentences by the share of words that are labelled; bands run from the "
    "worst seed to the best.",
    "lengths": "How long the sentences are that each way of choosing asks for.",
    "entities": "How many names they hold.",
    "informative": "The sentences that were asked first when a fifth of the rounds were over.",
    "rounds": "Time for choosing sentences, and for training and judging.",
}


def story(metrics: dict[str, Any], telling: tuple[str, list[Row]]) -> Story:
    """The comparison in a paragraph; words needed and telling sentences in tables."""
    tables = [_needed(metrics)]
    if telling[1]:
        tables.append(_telling(*telling))
    needed = {f"% of words for {TITLES[name]}": value for name, value in metrics["words_at_99pct"].items()}
    headline = {"F1": metrics["f1_full"], "F1 of the CRF": metrics["f1_shallow"], **needed}
    return Story(_summary(metrics), tables, CAPTIONS, headline=headline)


def _percent(value: float | None, until: float) -> str:
    return f"above {until:.0f} %" if value is None else f"{value:.1f} %"


def _needed(metrics: dict[str, Any]) -> Table:
    until = metrics["until"]
    lines = []
    for name, value in metrics["words_at_99pct"].items():
        last = metrics["curve"][name][-1]
        beside = metrics["words_at_shallow"].get(name)
        shallow = _percent(beside, until) if metrics["f1_shallow"] is not None else "not measured"
        lines.append([TITLES[name], _percent(value, until), shallow, f"{last[1]:.3f}"])
    heads = ["", f"words for {ENOUGH:.0%} of the full F1", "words for the CRF with features", "F1 at the end"]
    return "Words needed", heads, lines


def _telling(name: str, rows: list[Row]) -> Table:
    lines = [[f"{row['score']:.3f}", row["text"]] for row in rows]
    return f"Telling sentences: {TITLES[name]}, round {rows[0]['round']}", ["score", "sentence"], lines


def _summary(metrics: dict[str, Any]) -> str:
    best = {name: value for name, value in metrics["words_at_99pct"].items() if value is not None}
    shallow, whole = metrics["f1_shallow"], metrics["f1_full"]
    beside = "" if shallow is None else f", a CRF with features {shallow:.3f}"
    parts = [
        f"A pool of {metrics['sentences']:,} sentences, {metrics['words']:,} words, with "
        f"{metrics['entities']:,} names of {metrics['types']} types; judged by {metrics['held_out']:,}.",
        f"With every word labelled the tagger has an F1 of {whole:.3f}{beside}.",
    ]
    if best:
        first = min(best, key=lambda name: best[name])
        parts.append(
            f"To {ENOUGH:.0%} of that it comes with {best[first]:.1f} % of the words, chosen by "
            f"{TITLES[first]}."
        )
        if "random" in metrics["words_at_99pct"] and first != "random":
            chance = _percent(metrics["words_at_99pct"]["random"], metrics["until"])
            parts.append(f"With random sentences it needs {chance}.")
    else:
        parts.append(
            f"No way of choosing reached {ENOUGH:.0%} of that F1 with {metrics['until']:.0f} % of the words."
        )
    return " ".join(parts)
