"""What the clusters pipeline is told: which rows, and how they become groups."""

from typing import Annotated, Literal

from pipelines.run import AtLeast, Common, settings


@settings
class Config(Common):
    """From a table to groups of rows that are alike."""

    data: str | None = None
    """CSV, TSV or Parquet; .npy or .npz of a matrix, sparse too; mortgage:PATH of loan files, whose features
    are taken. None takes scikit-learn's digits."""
    leave: tuple[str, ...] = ()
    """Columns that are no features, such as ids; they are written beside the clusters."""
    label: str | None = None
    """Column of known classes, which clusters are compared with."""
    reduce: Literal["pca", "svd", "none"] = "pca"
    """How columns become fewer before rows are compared."""
    components: Annotated[int, AtLeast(0)] = 0
    """How many; 0 takes those that explain 90% of the variance, 50 at most."""
    method: Literal["kmeans", "dbscan"] = "kmeans"
    """How rows are parted."""
    clusters: Annotated[int, AtLeast(0)] = 0
    """Of k-means; 0 takes the number of the highest silhouette, 2 to 12."""
    neighbours: Annotated[int, AtLeast(1)] = 10
    """Nearest rows that are looked at: for how dense a cluster is, and how well they tell classes."""
    rows: Annotated[int, AtLeast(0)] = 20_000
    """Most rows, drawn at random; 0 takes all."""

    def __post_init__(self) -> None:
        """Refuse what cannot be run before any work, with a ValueError."""
        super().__post_init__()
        if self.clusters == 1:
            raise ValueError("--clusters is 1; two at least are told apart")
