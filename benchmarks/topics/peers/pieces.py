"""Trinity: TensorLDA on counts that lie on disk in pieces, read anew in each pass."""

from pathlib import Path
from typing import Any

from benchmarks.topics.peers.meter import Meter, Row, digest  # noqa: F401
from etl.executors import Threads
from etl.pieces import Pieces
from etl.spill import load_csr
from models.topics.tensor_lda import TensorLDA


def load(data: str) -> list[Path]:
    """Files of the pieces, in order."""
    return sorted(Path(data).glob("*.csr"))


def run(data: list[Path], threads: int, k: int, seed: int, out: str) -> list[Row]:
    """Fit with the defaults; mixtures are kept on disk as well."""
    meter = Meter(out)
    pieces: Any = Pieces(data, (("read", load_csr),), Threads(threads))
    model = TensorLDA(k, random_state=seed).fit(pieces, scratch=Path(out))
    meter.read(model.n_iter_, stages=model.seconds_)
    return meter.rows
