"""What the graph pipeline is told: which edges, and what their weights are."""

from pathlib import Path
from typing import Annotated, Literal

from etl.graph.edges import ENDS
from pipelines.run import AtLeast, Common, Tables, settings


@settings
class Config(Common, Tables):
    """From edges, or votes, to ranks, communities, paths and triangles."""

    data: Path | None = None
    """Edges: a table, lines of text, or Matrix Market; or a table of votes, which links workers who agree.
    None takes who meets whom in Les Miserables."""
    ends: tuple[str, str] = ENDS
    """Names of the columns that hold the two nodes of an edge."""
    weight: str | None = None
    """Name of the column of weights; None takes edges without weights."""
    weights: Literal["strength", "distance"] = "strength"
    """Meaning of weights: strength counts in ranks and communities, repeated edges are summed;
    distance counts in paths, and of repeated edges the shortest is taken."""
    directed: bool = False
    """Whether edges lead only from the first node to the second."""
    start: str | None = None
    """Node from which paths start; None takes the node of the highest rank."""
    drawn: Annotated[int, AtLeast(2)] = 150
    """Largest number of nodes to draw."""

    def __post_init__(self) -> None:
        """Refuse what cannot be run before any work, with a ValueError."""
        super().__post_init__()
        if self.weights == "distance" and self.weight is None:
            raise ValueError("--weights distance needs --weight, the column that holds them")
