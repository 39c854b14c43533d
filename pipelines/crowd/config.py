"""What the crowd pipeline is told: which votes, and what is known of their tasks."""

from pathlib import Path
from typing import Annotated, Any, Literal

from etl.crowd.votes import COLUMNS
from pipelines.crowd.learners import Learner
from pipelines.run import AtLeast, Parallel, Tables, settings


@settings
class Config(Parallel, Tables):
    """From a table of votes to trusted labels, the quality of workers, and a trained model."""

    votes: Path | None = None
    """Table, or folder of tables, of votes, or exports of Label Studio, Prodigy or doccano (docs/crowd.md);
    None simulates workers for a demonstration."""
    truth: Path | None = None
    """Table with the known labels of some tasks: columns task and label; or the export that marks them."""
    features: Path | None = None
    """Features of the tasks, to train models: .npy by task number, or a table with a column task."""
    text: Path | None = None
    """Text of the tasks, in place of features: .txt with a line a task, a table of task and text, or an
    export that holds it."""
    learner: Learner = "logistic"
    """What learns from features or text: a logistic regression, or boosted trees of XGBoost."""
    columns: tuple[str, str, str] = COLUMNS
    """Columns of task, worker and label in the votes: names, or places where there is no line of names.
    Of an export: keys that name a task and who answered, and the question that is read, in place of task,
    worker and label."""
    wide: bool = False
    """Whether the votes are a row a task and a column a worker, after a column of tasks."""
    repeated: Literal["first", "last"] = "first"
    """Which vote of a worker counts where several are on one task, by the order of rows."""
    redundancies: tuple[int, ...] = (1, 2, 3, 5)
    """Numbers of votes per task to compare."""
    draws: Annotated[int, AtLeast(1)] = 5
    """Random draws of votes for each comparison."""

    encoding: str | None = None
    """Encoding of text files, such as latin-1, or of those of options, as in votes=latin-1,truth=cp1252.
    By default UTF-8, or UTF-16 where the file says so."""

    def tables(self) -> tuple[str, ...]:
        """Options that name tables."""
        return ("votes", "truth", "features", "text")

    def form(self) -> dict[str, Any]:
        """How files of votes are written, for those that the run is applied to."""
        return self.of_files() | {name: getattr(self, name) for name in ("columns", "wide", "repeated")}
