"""Writes the tables of README and docs from the committed results: ``python -m benchmarks.tables``."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.forecast import table as tables_forecast
from benchmarks.mbem import run
from benchmarks.ner import table as tables_ner
from benchmarks.partial import table as tables_partial
from benchmarks.provenance_lines import made
from benchmarks.signsgd import table as tables_signsgd
from benchmarks.statespace import table as tables_series
from benchmarks.topics.systems import OURS

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"
NAMES = {
    "mortgage.ours": "Trinity",
    "mortgage.duckdb_sql": "DuckDB",
    "mortgage.polars_lazy": "Polars",
    "mortgage.notebook_pandas": "notebook",
    "crowd.ours": "Trinity",
    "crowd.pieces": "Trinity, from the file in pieces",
    "crowd.scipy": "two SciPy products",
    "crowd.kit": "crowd-kit",
    "text.ours": "Trinity",
    "text.sklearn": "scikit-learn",
}


def mortgage(facts: dict[str, Any]) -> str:
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


def crowd(facts: dict[str, Any]) -> str:
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


def learning(facts: dict[str, Any]) -> str:
    """Accuracy of models trained on votes, the gain of MBEM, its variants, and label once."""
    text = run.table(facts["results"], facts["label_once"])
    return "\n".join([text, "", *made(facts, "scikit-learn", "torch", "numpy")])


def topics(facts: dict[str, Any]) -> str:
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


def reach(facts: dict[str, Any]) -> str:
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


def growth(facts: dict[str, Any]) -> str:
    """Cost by documents and by topics, and by stage."""
    lines = [
        "| documents | counts | topics | core-s | peak MB | moments | decompose | gather | refine |",
        "|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in facts["growth"]:
        stages = [row["stages"].get(name, 0.0) for name in ("moments", "decompose", "gather", "refine")]
        costs = f"{row['cpu_s']:.1f} | {row['peak_mb']:,} | {' | '.join(f'{s:.1f}' for s in stages)}"
        lines.append(f"| {row['documents']:,} | {row['counts']:,} | {row['k']} | {costs} |")
    return "\n".join([*lines, "", *made(facts, "numba", "numpy", "scipy")])


def counting(facts: dict[str, Any]) -> str:
    """Tokens a core-second of each system."""
    lines = ["| counts of | system | core-s | tokens a core-s | times ours |", "|---|---|--:|--:|--:|"]
    times = {r["size"]: f"{r['cpu']:.1f}" for r in facts["ratios"]}
    for row in facts["results"]:
        ratio = times[row["size"]] if row["system"] != "text.ours" else ""
        costs = f"{row['cpu_s']:.2f} | {row['tokens_s']:,} | {ratio}"
        lines.append(f"| {row['size']} | {NAMES[row['system']]} | {costs} |")
    return "\n".join([*lines, "", *made(facts, "scikit-learn", "numba", "pyarrow")])


BLOCKS: dict[tuple[str, str], tuple[str, Callable[[dict[str, Any]], str]]] = {
    ("README.md", "speed"): ("mortgage-cpu.json", mortgage),
    ("docs/crowd.md", "speed"): ("crowd-cpu.json", crowd),
    ("docs/crowd.md", "learning"): ("mbem-cpu.json", learning),
    ("docs/topics.md", "arxiv-100k"): ("topics-cpu.json", topics),
    ("docs/topics.md", "arxiv-200k"): ("topics-200k-cpu.json", topics),
    ("docs/topics.md", "others"): ("topics-others-cpu.json", topics),
    ("docs/topics.md", "curves"): ("topics-curves-cpu.json", reach),
    ("docs/topics.md", "growth"): ("topics-growth-cpu.json", growth),
    ("docs/topics.md", "counting"): ("text-cpu.json", counting),
    ("docs/ner.md", "curves"): ("ner-cpu.json", tables_ner.curves),
    ("docs/ner.md", "chinese"): ("ner-zh-cpu.json", tables_ner.curves),
    ("docs/ner.md", "full"): ("ner-full-cpu.json", tables_ner.full),
    ("docs/ner.md", "crowd"): ("ner-crowd-cpu.json", tables_ner.crowd),
    ("docs/ner.md", "pools"): ("active-cpu.json", tables_ner.pools),
    ("docs/partial.md", "queue"): ("partial-cpu.json", tables_partial.queue),
    ("docs/partial.md", "curves"): ("partial-curves-cpu.json", tables_partial.curves),
    ("docs/partial.md", "noise"): ("partial-noise-cpu.json", tables_partial.noise),
    ("docs/partial.md", "crowd"): ("partial-crowd-cpu.json", tables_partial.crowd),
    ("docs/signsgd.md", "wire"): ("signsgd-cpu.json", tables_signsgd.wire),
    ("docs/signsgd.md", "collective"): ("signsgd-cpu.json", tables_signsgd.collective),
    ("docs/signsgd.md", "step"): ("signsgd-cpu.json", tables_signsgd.step),
    ("docs/signsgd.md", "advisor"): ("signsgd-cpu.json", tables_signsgd.advisor),
    ("docs/series.md", "fits"): ("statespace-cpu.json", tables_series.fits),
    ("docs/series.md", "forecasts"): ("forecast-cpu.json", tables_forecast.table),
    ("docs/graphs.md", "graphs"): ("graph-cpu.json", tables_series.graphs),
    ("docs/signsgd.md", "accuracy"): ("signsgd-accuracy-cpu.json", tables_signsgd.accuracy),
}
"""Page and block, the results it shows, and how."""


def fill(page: str, block: str, text: str) -> str:
    """The page with this block replaced.

    Raises
    ------
    ValueError
        The page has no such block.
    """
    pattern = re.compile(rf"(<!-- {block}:.*?-->\n).*?(<!-- end of {block} -->)", re.S)
    if not pattern.search(page):
        raise ValueError(
            f"the page has no block between '<!-- {block}: ... -->' and '<!-- end of {block} -->'"
        )
    return pattern.sub(lambda found: f"{found[1]}{text}\n{found[2]}", page)


def filled(page: str, block: str) -> str:
    """Text of a page as it should be."""
    name, table = BLOCKS[page, block]
    return fill((ROOT / page).read_text(), block, table(json.loads((RESULTS / name).read_text())))


if __name__ == "__main__":
    for page, block in BLOCKS:
        (ROOT / page).write_text(filled(page, block))
        print(ROOT / page)
