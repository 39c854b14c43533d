"""Table of aggregated votes, from the committed results; see `benchmarks.tables`."""

from typing import Any

from benchmarks.harness import made, single

Row = dict[str, Any]
NAMES = {
    "crowd.ours": "Trinity",
    "crowd.pieces": "Trinity, from the file in pieces",
    "crowd.scipy": "two SciPy products",
    "crowd.kit": "crowd-kit",
}


def speed(facts: Row) -> str:
    """Core-seconds, memory and bytes a vote of each system, and how many times ours it takes."""
    lines = [
        "| votes | system | core-s | peak MB | bytes a vote | times ours |",
        "|--:|---|--:|--:|--:|--:|",
    ]
    ratios = {(r["size"], r["system"]): f"{r['cpu']:.1f}" for r in facts["ratios"]}
    for row in facts["results"]:
        above = (row["peak_mb"] - row["loaded_mb"]) * 1e6 / row["size"]
        costs = f"{row['cpu_s']:.2f} | {row['peak_mb']:,.0f} | {above:.0f}"
        times = ratios.get((row["size"], row["system"]), "")
        lines.append(f"| {row['size']:,} | {NAMES[row['system']]} | {costs} | {times} |")
    return "\n".join([*lines, "", *made(facts, "crowd-kit", "scipy", "numpy", "pandas")])


def headline(facts: Row) -> str:
    """Core-seconds, and how many times as many crowd-kit takes."""
    ours = single(facts["results"], size=10_000_000, system="crowd.ours")
    kit = single(facts["ratios"], size=10_000_000, system="crowd.kit")
    return (
        f"[Labels from votes](docs/crowd.md), ten million votes: {ours['cpu_s']:.1f} core-seconds; "
        f"crowd-kit takes {kit['cpu']:.0f} times as many"
    )
