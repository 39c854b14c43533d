"""What the graph pipeline is told: which edges, and what their weights are."""

from pathlib import Path
from typing import Annotated, Literal

from etl.graph.edges import ENDS
from pipelines.run import AtLeast, Common, settings


@settings
class Config(Common):
    """From edges, or votes, to ranks, communities, paths and triangles."""

    data: Path | None = None
    """CSV, TSV, Parquet, or text with an edge a line; a table of task, worker and label links workers who
    agree. None takes who meets whom in Les Miserables."""
    ends: tuple[str, str] = ENDS
    """Columns of the two nodes of an edge."""
    weight: str | None = None
    """Column of weights."""
    weights: Literal["strength", "distance"] = "strength"
    """What weights are: strengths count in ranks and communities, and are summed where an edge is repeated;
    distances count in paths, and the least is taken."""
    directed: bool = False
    """Whether edges lead from the first node to the second only."""
    start: str | None = None
    """Node that paths start from; None takes that of the highest rank."""
    drawn: Annotated[int, AtLeast(2)] = 150
    """Most nodes that are drawn."""

    def __post_init__(self) -> None:
        """Refuse what cannot be run before any work, with a ValueError."""
        super().__post_init__()
        if self.weights == "distance" and self.weight is None:
            raise ValueError("--weights distance needs --weight, the column that holds them")
