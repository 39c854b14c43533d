"""What each stage of a system costs, written down as it begins and as it ends."""

import json
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipelines import provenance

KINDS = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)


class Stages:
    """Counts core-seconds of this process and of those that it waited for.

    Parameters
    ----------
    out : str
        Folder of ``stages.jsonl``, with a line as each stage begins and one as it ends: of a run that is
        stopped, these say what was finished, and how long at least the last stage took.

    Attributes
    ----------
    cpu_s : dict of str to float
        Of each stage that has ended, in their order.
    facts : dict
        What a stage found out that a reader may want, such as the model chosen.
    """

    def __init__(self, out: str) -> None:
        self.out, self.cpu_s, self.facts = Path(out), dict[str, float](), dict[str, Any]()
        self.out.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        """Count what is done within as a stage of this name."""
        began = cpu_seconds()
        self._tell(stage=name, began=time.strftime("%H:%M:%S"))
        yield
        self.cpu_s[name] = round(cpu_seconds() - began, 3)
        self._tell(stage=name, cpu_s=self.cpu_s[name], peak_mb=peak_mb(), ended=time.strftime("%H:%M:%S"))

    def note(self, **facts: float | str) -> None:
        """Add to the facts."""
        self.facts |= facts
        self._tell(**facts)

    def finish(self, tasks: np.ndarray, labels: np.ndarray | pd.Series) -> dict[str, Any]:
        """Write ``predictions.csv`` with ``task, label``; returns what `digest` gives to the judge."""
        path = self.out / "predictions.csv"
        pd.DataFrame({"task": tasks, "label": labels}).to_csv(path, index=False)
        costs = {"stages": self.cpu_s, "total_s": round(sum(self.cpu_s.values()), 3), "all_mb": peak_mb()}
        return {"predictions": str(path)} | costs | {"facts": self.facts}

    def _tell(self, **line: float | str) -> None:
        text = json.dumps(line)
        print(text, file=sys.stderr, flush=True)
        with (self.out / "stages.jsonl").open("a") as out:
            out.write(text + "\n")


def digest(result: dict[str, Any]) -> dict[str, Any]:
    """What the judge reads: where predictions are, and costs by stage."""
    return result


def cpu_seconds() -> float:
    """User and system time so far."""
    used = [resource.getrusage(kind) for kind in KINDS]
    return sum(u.ru_utime + u.ru_stime for u in used)


def peak_mb() -> int:
    """Largest resident memory of this process, or of one that it waited for, in MB of 10**6 bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return int(max(provenance.peak_mb(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit / 1e6))
