"""What has run on a GPU, by the files that the device check leaves; ``auto`` takes a GPU for nothing else.

They are ``benchmarks/results/device-*.json``, one a card, which the package carries.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results"
ENGINE = "engine"
"""What data are held and computed with, without a story: the story of `choose` where none is named."""


@dataclass(frozen=True)
class DeviceRun:
    """How the checks of one story ended on one device.

    Attributes
    ----------
    story : str
        As ``mortgage``, or `ENGINE`.
    device : str
        Name of the card.
    version : str
        Of cuDF.
    date : str
        Day of the run, as ``2026-11-28``.
    passed : bool
        Whether all its checks passed; one that was not reached counts as failed.
    """

    story: str
    device: str
    version: str
    date: str
    passed: bool

    def told(self) -> str:
        """In words.

        Examples
        --------
        >>> DeviceRun("crowd", "NVIDIA H100", "26.10.2", "2026-11-28", True).told()
        'crowd passed on NVIDIA H100 with RAPIDS 26.10.2 (2026-11-28)'
        """
        result = "passed" if self.passed else "failed"
        return f"{self.story} {result} on {self.device} with RAPIDS {self.version} ({self.date})"


def device_runs(folder: Path = RESULTS) -> list[DeviceRun]:
    """Every story that was tried, by card.

    Parameters
    ----------
    folder : Path
        Directory of results.
    """
    return [run for path in sorted(folder.glob("device-*.json")) for run in _runs(path)]


def _runs(path: Path) -> list[DeviceRun]:
    facts = json.loads(path.read_text())
    checks: dict[str, list[bool | None]] = {}
    for row in facts["results"]:
        for story in row["stories"]:
            checks.setdefault(story, []).append(row["ok"])
    card, version, date = facts["machine"]["gpu"], facts["versions"].get("cudf", "unknown"), facts["date"]
    return [
        DeviceRun(story, card, version, date, all(found))
        for story, found in checks.items()
        if any(ok is not None for ok in found)
    ]


def may_run(story: str, runs: Iterable[DeviceRun]) -> tuple[bool, str]:
    """Whether ``auto`` may take a GPU for a story, and why: it has passed, and failed on no card.

    Parameters
    ----------
    story : str
    runs : iterable of DeviceRun

    Examples
    --------
    >>> may_run("crowd", [])
    (False, 'crowd has not run on a GPU yet')
    """
    own = [run for run in runs if run.story == story]
    if not own:
        return False, f"{story} has not run on a GPU yet"
    worst = min(own, key=lambda run: run.passed)
    return worst.passed, worst.told()
