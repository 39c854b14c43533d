"""What the crowd pipeline is told: which votes, and what is known of their tasks."""

from pathlib import Path
from typing import Annotated

from etl.crowd.votes import COLUMNS
from pipelines.run import AtLeast, Parallel, settings


@settings
class Config(Parallel):
    """From a table of votes to trusted labels, the quality of workers, and a trained model."""

    votes: Path | None = None
    """CSV or Parquet file, or directory, of votes; None simulates workers for a demonstration."""
    truth: Path | None = None
    """CSV or Parquet file with the known labels of some tasks: columns task and label."""
    features: Path | None = None
    """Features of the tasks, to train models: .npy by task number, or CSV or Parquet with a column task."""
    text: Path | None = None
    """Text of the tasks, in place of features: .txt with a line a task, or a table of task and text."""
    columns: tuple[str, str, str] = COLUMNS
    """Names of the columns that hold task, worker and label in the votes."""
    redundancies: tuple[int, ...] = (1, 2, 3, 5)
    """Numbers of votes per task to compare."""
    draws: Annotated[int, AtLeast(1)] = 5
    """Random draws of votes for each comparison."""
