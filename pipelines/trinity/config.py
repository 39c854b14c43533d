"""What the flow is told: items, votes on some of them, and how many votes can be asked for next."""

from pathlib import Path
from typing import Annotated, Any, Literal

from etl.crowd.votes import COLUMNS
from pipelines import find
from pipelines.run import AtLeast, Parallel, Tables, settings

Method = Literal["majority", "one_coin", "dawid_skene", "pooled_dawid_skene"]
Learner = Literal["words", "logistic", "xgboost", "network"]
LEARNERS: tuple[Learner, ...] = ("words", "logistic", "xgboost", "network")


@settings
class Config(Parallel, Tables):
    """From texts, tables or vectors and a crowd's votes to labels, models, and what to label next."""

    data: Path | None = None
    """Items: a table with a row an item, .txt with a line an item, or .npy; by default the texts of an export
    that --votes names, or else a demonstration."""
    text: tuple[str, ...] = ()
    """Columns of text; all others but the id are features, as numbers or categories."""
    id: str | None = None
    """Column of the items' ids; by default task, or else items are numbered from 0."""
    votes: Path | None = None
    """Votes: a table, or folder of tables, of task, worker and label; or an export of a labelling tool."""
    columns: tuple[str, str, str] = COLUMNS
    """Columns of task, worker and label in the votes."""
    truth: Path | None = None
    """Table with the known labels of some items: columns task and label."""
    unlabelled: Path | None = None
    """More items of the same form that have no votes yet."""
    aggregate: Method = "pooled_dawid_skene"
    """How votes are made labels."""
    learners: tuple[Learner, ...] = LEARNERS
    """Models to train side by side; those that the items do not allow are left out."""
    topics: Annotated[int, AtLeast(0)] = 20
    """Topics of the texts; 0 makes none."""
    budget: Annotated[int, AtLeast(0)] | None = None
    """Votes to ask for next, by default a tenth of those that there are; 0 asks for none."""
    run: Path | None = None
    """Earlier run that is continued with --votes, which are new ones; latest takes the newest of --out."""

    encoding: str | None = None
    """Encoding of text files, such as latin-1, or of those of options, as in votes=latin-1,truth=cp1252.
    By default UTF-8, or UTF-16 where the file says so."""

    def __post_init__(self) -> None:
        """Name the run that is latest now, and refuse options that contradict each other."""
        super().__post_init__()
        if self.run is not None:
            object.__setattr__(self, "run", find(self.run, "trinity", self.out))
            if self.data or self.unlabelled:
                raise ValueError(
                    "--run continues with the items that it had; leave --data and --unlabelled out"
                )
            if self.votes is None:
                raise ValueError("--run needs --votes, the votes that are new")
        elif self.data is not None and self.votes is None:
            raise ValueError("--data needs --votes, a table of task, worker and label")
        if not self.learners:
            raise ValueError("--learners names none; name one of words, logistic, xgboost, network")

    def tables(self) -> tuple[str, ...]:
        """Options that name tables."""
        return ("data", "votes", "truth", "unlabelled")

    def form(self) -> dict[str, Any]:
        """How files of items are written, for those that the run is applied to."""
        text = list(self.text) if self.data else ["text"]
        return self.of_files() | {"text": text, "id": self.id}
