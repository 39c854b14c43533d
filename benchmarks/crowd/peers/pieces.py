"""Trinity: votes read from the file in pieces, never as one table."""

import tempfile
from pathlib import Path
from typing import Any

from benchmarks.crowd.peers.digest import digest  # noqa: F401
from etl.crowd.read import pieces
from etl.engine import choose
from models.crowd.dawid_skene import DawidSkene


def run(data: str, threads: int, passes: int) -> Any:
    """Label of each task."""
    with tempfile.TemporaryDirectory(dir=Path(data).parent) as scratch:
        votes = pieces(Path(data), choose("cpu"), Path(scratch))
    return DawidSkene(n_iter=passes, tol=None).fit_predict(votes)
