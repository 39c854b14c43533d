"""What topics cost at each stop of their training: the clock rests while they are written down."""

import resource
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, load_npz

from pipelines import provenance

Row = dict[str, Any]
KINDS = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)


def load(data: str) -> csr_matrix:
    """Counts of the training documents in a folder."""
    return load_npz(Path(data) / "train.npz")


def digest(rows: list[Row]) -> dict[str, Any]:
    """The rows themselves: topics of two systems are not the same, and are judged elsewhere."""
    return {"rows": rows}


class Meter:
    """Counts core-seconds of this process and of those that it waited for, from when it is made.

    Parameters
    ----------
    out : str
        Folder for the topics.

    Attributes
    ----------
    rows : list of dict
        Of each stop: ``stop``, ``cpu_s``, ``wall_s``, ``peak_mb``, and ``topics``, the file written.
    """

    def __init__(self, out: str) -> None:
        self.out, self.rows = Path(out), list[Row]()
        self._cpu = self._wall = 0.0
        self._began = _now()

    def read(self, stop: int, **more: Any) -> None:
        """Add a row of the costs so far."""
        now = _now()
        self._cpu, self._wall = (
            total + after - before
            for total, before, after in zip((self._cpu, self._wall), self._began, now, strict=True)
        )
        costs = {"cpu_s": self._cpu, "wall_s": self._wall, "peak_mb": peak_mb()}
        self.rows.append({"stop": stop} | costs | more)

    def keep(self, topics: np.ndarray) -> None:
        """Write the topics of the last row, of shape (k, words), and let the clock run again."""
        path = self.out / f"{self.rows[-1]['stop']}.npy"
        np.save(path, np.asarray(topics, "float32"))
        self.rows[-1]["topics"] = str(path)
        self._began = _now()


def peak_mb() -> int:
    """Largest resident memory of this process, or of one that it waited for, in MB of 10**6 bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return int(max(provenance.peak_mb(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit / 1e6))


def _now() -> tuple[float, float]:
    used = [resource.getrusage(kind) for kind in KINDS]
    return sum(u.ru_utime + u.ru_stime for u in used), time.perf_counter()
