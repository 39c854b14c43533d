"""Tables of named entities and active learning, from the committed results; see `benchmarks.tables`."""

from typing import Any

from benchmarks.harness import made, single

Row = dict[str, Any]

WAYS = {
    "random": "random",
    "least_confidence": "least confidence",
    "mnlp": "MNLP",
    "bald": "BALD",
    "bald_sequence": "BALD of sequences",
    "token_entropy": "token entropy",
    "density": "density",
    "distance": "uncertainty x distance",
}
PEERS = ("active.small_text", "active.alipy", "active.loop")


def curves(facts: dict[str, Any]) -> str:
    """Words that each way of choosing needs, on each set."""
    lines = [
        "| set | words | full F1 | CRF with features | choice | words for 99 % of full | each seed "
        "| words for the CRF's | mean length | choosing s | training s |",
        "|---|--:|--:|--:|---|--:|---|--:|--:|--:|--:|",
    ]
    for row in facts["results"]:
        until = row["until"]
        each = ", ".join(percent(value, until) for value in row["words_at_99pct_by_seed"])
        shares = (
            f"{percent(row['words_at_99pct'], until)} | {each} | {percent(row['words_at_shallow'], until)}"
        )
        scores = f"{row['f1_full']:.4f} | {row['f1_shallow']:.4f} | {WAYS[row['system']]}"
        costs = f"{row['length']:.1f} | {row['choosing_s']:.0f} | {row['training_s']:.0f}"
        lines.append(f"| {row['size']} | {row['words']:,} | {scores} | {shares} | {costs} |")
    return "\n".join([*lines, "", *made(facts, "torch", "python-crfsuite", "numpy")])


def percent(value: float | None, until: float) -> str:
    """A share of words; above the last one that was tried if it was not enough."""
    return f"> {until:.0f} %" if value is None else f"{value:.1f} %"


def full(facts: dict[str, Any]) -> str:
    """F1 of each tagger that learnt from all words."""
    lines = ["| set | words | tagger | F1 | each seed | core-s |", "|---|--:|---|--:|---|--:|"]
    for row in facts["results"]:
        each = ", ".join(f"{value:.3f}" for value in row["f1s"])
        costs = f"{row['f1']:.4f} | {each} | {row['cpu_s']:.0f}"
        lines.append(f"| {row['size']} | {row['words']:,} | {row['system']} | {costs} |")
    return "\n".join([*lines, "", *made(facts, "torch", "python-crfsuite", "numpy")])


def crowd(facts: dict[str, Any]) -> str:
    """F1 of taggers that learn from votes, by what is made of these."""
    lines = [
        "| set, crowd | workers a sentence | labels | right | F1 | above majority, each draw |",
        "|---|--:|---|--:|--:|---|",
    ]
    for row in facts["results"]:
        above = ", ".join(f"{100 * value:+.1f}" for value in row["above_majority"])
        place = f"{row['size']}, {row['crowd']} | {row['redundancy']} | {row['system']}"
        lines.append(f"| {place} | {row['right']:.3f} | {row['f1']:.4f} | {above} |")
    return "\n".join([*lines, "", *made(facts, "torch", "numpy")])


def pools(facts: dict[str, Any]) -> str:
    """Items that are scored and chosen in a core-second, and how many times ours each peer takes."""
    lines = [
        "| items | score | pool | ours, items a core-s | small-text | ALiPy | loop |",
        "|---|---|--:|--:|--:|--:|--:|",
    ]
    ratios = {(r["kind"], r["case"], r["size"], r["system"]): times(r["cpu"]) for r in facts["ratios"]}
    for row in facts["results"]:
        if row.get("system") == "active.ours":
            key = row["kind"], row["case"], row["size"]
            each = [ratios.get((*key, peer), "") for peer in PEERS]
            place = f"{row['kind']} | {WAYS[row['case']]} | {row['size']:,} | {row['items_s']:,}"
            lines.append(f"| {place} | {' | '.join(each)} |")
    return "\n".join([*lines, "", *made(facts, "torch", "numpy")])


def times(ratio: float) -> str:
    """A ratio in two figures, or to the unit."""
    return f"{ratio:.2g}" if ratio < 10 else f"{ratio:,.0f}"


def headline(facts: Row) -> str:
    """Share of the words that is enough."""
    row = single(facts["results"], size="gmb", system="mnlp")
    return (
        f"[Names in text](docs/ner.md): {row['words_at_99pct']:.1f} % of the words give 99 % of the F1 "
        "that all words give"
    )
