"""Table of counted words, from the committed results; see `benchmarks.tables`."""

from typing import Any

from benchmarks.harness import made

Row = dict[str, Any]
NAMES = {
    "text.ours": "Trinity",
    "text.sklearn": "scikit-learn",
}


def counting(facts: Row) -> str:
    """Tokens a core-second of each system."""
    lines = ["| counts of | system | core-s | tokens a core-s | times ours |", "|---|---|--:|--:|--:|"]
    times = {r["size"]: f"{r['cpu']:.1f}" for r in facts["ratios"]}
    for row in facts["results"]:
        ratio = times[row["size"]] if row["system"] != "text.ours" else ""
        costs = f"{row['cpu_s']:.2f} | {row['tokens_s']:,} | {ratio}"
        lines.append(f"| {row['size']} | {NAMES[row['system']]} | {costs} |")
    return "\n".join([*lines, "", *made(facts, "scikit-learn", "numba", "pyarrow")])
