"""Writes the README's table of speed from the committed results: ``python -m benchmarks.tables``."""

import json
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "mortgage-cpu.json"
NAMES = {"ours": "Trinity", "duckdb_sql": "DuckDB", "polars_lazy": "Polars", "notebook_pandas": "notebook"}


def table(facts: dict[str, Any]) -> str:
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
    machine, versions = facts["machine"], facts["versions"]
    libraries = ", ".join(f"{name} {versions[name]}" for name in ("duckdb", "polars", "pandas", "pyarrow"))
    place = f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB"
    return "\n".join([*lines, "", f"{place}; {facts['date'][:10]}; {libraries}.", f"`{facts['command']}`"])


def fill(page: str, text: str) -> str:
    """The page with its block of speed replaced.

    Raises
    ------
    ValueError
        The page has no such block.
    """
    pattern = re.compile(r"(<!-- speed:.*?-->\n).*?(<!-- end of speed -->)", re.S)
    if not pattern.search(page):
        raise ValueError("the page has no block between '<!-- speed: ... -->' and '<!-- end of speed -->'")
    return pattern.sub(lambda found: f"{found[1]}{text}\n{found[2]}", page)


if __name__ == "__main__":
    readme = ROOT / "README.md"
    readme.write_text(fill(readme.read_text(), table(json.loads(RESULTS.read_text()))))
    print(readme)
