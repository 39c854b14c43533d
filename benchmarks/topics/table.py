"""Tables of topics, from the committed results; see `benchmarks.tables`."""

from typing import Any

from benchmarks.harness import made, single
from benchmarks.topics.systems import OURS

Row = dict[str, Any]


def quality(facts: Row) -> str:
    """Cost and quality of each system on each set and number of topics."""
    lines = [
        "| set | topics | system | stop | core-s | times ours | peak MB | perplexity | NPMI | L1 | found |",
        "|---|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    times = {(r["set"], r["k"], r["system"], r["stop"]): f"{r['cpu']:.1f}" for r in facts["ratios"]}
    for row in facts["results"]:
        place = row["set"], row["k"], row["system"], row["stop"]
        costs = f"{row['cpu_s']:.1f} | {times.get(place, '')} | {row['peak_mb']:,.0f}"
        known = f"{row['l1']:.3f} | {row['found']:.2f}" if "l1" in row else " | "
        quality = f"{row['perplexity']:.1f} | {row['npmi']:.3f} | {known}"
        lines.append(f"| {' | '.join(map(str, place))} | {costs} | {quality} |")
    return "\n".join([*lines, "", *made(facts, "tomotopy", "gensim", "scikit-learn", "numba", "numpy")])


def reach(facts: Row) -> str:
    """For each stop of a rival, its cost, and ours until the same perplexity."""
    lines = [
        "| system | stop | core-s | perplexity | ours, core-s | times ours |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for row in facts["reach"]:
        if row["system"] in OURS:
            continue
        ours = "never | " if row["ours_s"] is None else f"{row['ours_s']:.1f} | {row['cpu']:.1f}"
        lines.append(
            f"| {row['system']} | {row['stop']} | {row['cpu_s']:.1f} | {row['perplexity']:.1f} | {ours} |"
        )
    return "\n".join([*lines, "", *made(facts, "tomotopy", "gensim", "scikit-learn", "numba")])


def growth(facts: Row) -> str:
    """Cost by documents and by topics, and by stage."""
    lines = [
        "| documents | counts | topics | core-s | peak MB | moments | decompose | clusters | refine |",
        "|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in facts["growth"]:
        stages = [row["stages"].get(name, 0.0) for name in ("moments", "decompose", "clusters", "refine")]
        costs = f"{row['cpu_s']:.1f} | {row['peak_mb']:,} | {' | '.join(f'{s:.1f}' for s in stages)}"
        lines.append(f"| {row['documents']:,} | {row['counts']:,} | {row['k']} | {costs} |")
    return "\n".join([*lines, "", *made(facts, "numba", "numpy", "scipy")])


def headline(facts: Row) -> str:
    """Core-seconds and perplexity, beside Mallet's."""
    place = {"set": "arxiv-100k", "k": 50}
    ours = single(facts["results"], system="ours", **place)
    mallet = single(facts["results"], system="mallet", stop=200, **place)
    return (
        f"[50 topics of 100,000 abstracts](docs/topics.md): {ours['cpu_s']:.1f} core-seconds at "
        f"perplexity {ours['perplexity']:,.0f}; Mallet {mallet['cpu_s']:.0f} at {mallet['perplexity']:,.0f}"
    )
