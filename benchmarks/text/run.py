"""Raw texts to counts of words, by us and by scikit-learn: ``python -m benchmarks.text``.

Both make the same vocabulary and counts, which is checked before any time is printed. Texts are read, and our
loops compiled, before the clock starts.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import harness

SYSTEMS = ("text.ours", "text.sklearn")
CASES: dict[str, dict[str, Any]] = {
    "words": {},
    "words, stop words": {"stop_words": "english"},
    "words, limits": {"min_df": 5, "max_df": 0.5},
    "pairs of words": {"ngram_range": (1, 2)},
    "pairs, limits": {"ngram_range": (1, 2), "min_df": 3, "stop_words": "english"},
}
"""Options of both; the first counts every token."""


@dataclass(frozen=True)
class Config:
    """Time the counting of words."""

    data: Path = Path("../shared/data")
    """Directory with text/arxiv/abstracts_30k.tsv.gz."""
    repeat: int = 3
    """Rounds; medians are reported."""
    out: Path | None = None
    """JSON file to write."""


def main(config: Config) -> list[dict[str, Any]]:
    """Measure all cases; returns the ratios."""
    path = config.data / "text" / "arxiv" / "abstracts_30k.tsv.gz"
    if not path.exists():
        raise SystemExit(f"{path} does not exist; give the directory of real data with --data")
    results: list[dict[str, Any]] = []
    ratios: list[dict[str, Any]] = []
    tokens = 0
    for case, options in CASES.items():
        request = {"data": str(path), "threads": 1, "options": options}
        samples = harness.alternate(SYSTEMS, request, config.repeat)
        tokens = tokens or samples[SYSTEMS[0]][0]["digest"]["tokens"]
        rows = [_row(system, case, tokens, own) for system, own in samples.items()]
        results += rows
        ratios.append({"size": case, "cpu": round(rows[1]["cpu_s"] / rows[0]["cpu_s"], 2)})
        for row in rows:
            print(
                f"{row['system']:<13} {case:<18} {row['cpu_s']:6.2f} core-s  {row['tokens_s']:>12,} tokens/s"
            )
        print(f"{case}: scikit-learn takes {ratios[-1]['cpu']:.1f} times our core-seconds", flush=True)
    if config.out:
        harness.write(config.out, results, ratios)
        print(config.out)
    return ratios


def _row(system: str, case: str, tokens: int, samples: list[harness.Sample]) -> dict[str, Any]:
    """Costs of a system, and how many tokens of the texts it has read in a core-second."""
    costs = harness.medians(samples)
    facts = {"system": system, "size": case, "tokens": tokens, "tokens_s": round(tokens / costs["cpu_s"])}
    return facts | {name: round(value, 3) for name, value in costs.items()}
