"""What the doctor is told: which data to plan for, within which memory."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Config:
    """Say whether the project runs here and whether loan files fit; exit with 1 if the CPU path does not."""

    data: Path | None = None
    """A loan file, or a directory of them, to make a plan for."""
    memory: str = ""
    """Memory limit, such as 4GiB; empty takes what the process may use."""
    workers: int = 0
    """Pieces worked on at the same time; 0 takes all usable cores (or GPUs)."""
    json: bool = False
    """Print JSON instead of text."""
