"""Who scores which pool and how what they chose is compared."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import harness

OURS = "active.ours"
PEERS = ("active.small_text", "active.alipy")
CASES: dict[str, dict[str, dict[str, int]]] = {
    "sentences": {
        "least_confidence": {"active.loop": 100_000, "active.small_text": 100_000, "active.alipy": 100_000},
        "mnlp": {"active.loop": 100_000, "active.small_text": 100_000, "active.alipy": 100_000},
        "token_entropy": {"active.loop": 100_000, "active.small_text": 1_000, "active.alipy": 10_000},
        "bald": {"active.loop": 10_000, "active.small_text": 10_000, "active.alipy": 10_000},
        "bald_sequence": {"active.loop": 10_000},
        "density": {"active.loop": 10_000},
        "distance": {"active.alipy": 10_000},
        "random": {"active.small_text": 100_000, "active.alipy": 100_000},
    },
    "rows": {
        "least_confidence": {"active.small_text": 100_000, "active.alipy": 100_000},
        "token_entropy": {"active.small_text": 100_000, "active.alipy": 100_000},
        "bald": {"active.loop": 100_000, "active.small_text": 100_000, "active.alipy": 100_000},
    },
}
"""For each kind of item and score, who takes part beside us, and up to how many items: beyond, it needs
minutes or tens of gigabytes."""
OTHER = {("bald", peer): "entropy of votes" for peer in PEERS} | {("random", peer): peer for peer in PEERS}
"""Who takes another definition: small-text's BALD on votes, and ALiPy's vote entropy, are the entropy of a
token's votes; ours is the share of votes that are not for the most frequent tag. Draws at random differ."""
LEAST_SAME = 0.999
"""Share of the chosen items that two must have in common where their scores are not told: of the last chosen
and the first left out, either may come first when rounded."""


def measure(system: str, request: dict[str, Any], python: Path | None) -> harness.Sample:
    """As `harness.measure`, by another interpreter where there is one and the system is not ours.

    Raises
    ------
    RuntimeError
        The process failed; its last lines are shown.
    """
    own = system in (OURS, "active.loop", "active.tagger")
    return harness.measure(system, request, None if own else python)


def compared(
    systems: Sequence[str], request: dict[str, Any], python: Path | None
) -> dict[str, harness.Sample]:
    """Measure the systems one after the other, and compare what they chose; see `agree`."""
    samples = {system: measure(system, request, python) for system in systems}
    agree(request["case"], {system: sample["digest"] for system, sample in samples.items()})
    return samples


def agree(case: str, digests: dict[str, dict[str, Any]]) -> None:
    """Compare those that take one definition with the first of them.

    Raises
    ------
    ValueError
        Scores or choices differ, or not as many items were chosen; names the two systems.
    """
    first: dict[str, str] = {}
    for system, found in digests.items():
        if len(found["chosen"]) != len(digests[OURS]["chosen"]):
            raise ValueError(f"{system} chose {len(found['chosen'])} items by {case}")
        one = first.setdefault(OTHER.get((case, system), "ours"), system)
        expected = digests[one]
        if "sum" in expected and "sum" in found:
            sums = [{name: each[name] for name in ("sum", "mix", "best")} for each in (expected, found)]
            harness.agree({one: sums[0], system: sums[1]}, tolerance=1e-4)
        elif shared(expected, found) < LEAST_SAME:
            raise ValueError(
                f"{one} and {system} chose other items by {case}: {shared(expected, found):.3f} are the same"
            )


def shared(one: dict[str, Any], other: dict[str, Any]) -> float:
    """Share of chosen items that are the same."""
    return len(set(one["chosen"]) & set(other["chosen"])) / len(one["chosen"])
