"""Table of the mortgage ETL, from the committed results; see `benchmarks.tables`."""

from typing import Any

from benchmarks.harness import made, single

Row = dict[str, Any]
NAMES = {
    "mortgage.ours": "Trinity",
    "mortgage.duckdb_sql": "DuckDB",
    "mortgage.polars_lazy": "Polars",
    "mortgage.notebook_pandas": "notebook",
}


def speed(facts: Row) -> str:
    """Core-seconds, wall time and memory of each system, and where and how they were measured."""
    lines = [
        "| rows | threads | system | core-s | wall s | peak MB | ours / it, core-s |",
        "|--:|--:|---|--:|--:|--:|--:|",
    ]
    each = {(r["size"], r["threads"]): r["each"] for r in facts["ratios"]}
    for row in facts["results"]:
        ratio = each[row["size"], row["threads"]].get(row["system"])
        costs = f"{row['cpu_s']:.2f} | {row['wall_s']:.2f} | {row['peak_mb']:,.0f}"
        compared = "" if ratio is None else f"{ratio:.2f}"
        lines.append(
            f"| {row['size']:,} | {row['threads']} | {NAMES[row['system']]} | {costs} | {compared} |"
        )
    return "\n".join([*lines, "", *made(facts, "duckdb", "polars", "pandas", "pyarrow")])


def headline(facts: Row) -> str:
    """Core-seconds as a share of the others'."""
    each = single(facts["ratios"], size=10_000_000, threads=1)["each"]
    duckdb, polars = each["mortgage.duckdb_sql"], each["mortgage.polars_lazy"]
    return (
        f"[Mortgage ETL](docs/mortgage.md), ten million rows on one thread: {duckdb:.2f} of DuckDB's "
        f"core-seconds, {polars:.2f} of Polars's"
    )


def unseen(facts: Row) -> str:
    """Area under the ROC curve of files that lack a seller and a state, by two ways of coding."""
    lines = [
        "| file lacks | rows | whole file's scores | saved codes | codes of the file's own |",
        "|---|--:|--:|--:|--:|",
    ]
    ordered = sorted(facts["results"], key=lambda row: row["anew"] - row["right"])
    for row in (*ordered[:3], ordered[len(ordered) // 2], ordered[-1]):
        areas = " | ".join(f"{row[name]:.4f}" for name in ("whole", "right", "anew"))
        lines.append(f"| {row['seller'].title()}, {row['state']} | {row['rows']:,} | {areas} |")
    most = max(row["difference"] for row in facts["results"])
    told = (
        f"Of {len(ordered)} pairs of a seller and a state: the three that lose most, the median and the last."
    )
    told += f"\nProbabilities by the saved codes differ from the whole file's by {most:g} at most."
    return "\n".join([*lines, "", told, "", *made(facts, "scikit-learn", "pandas")])
