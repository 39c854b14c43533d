"""What the clusters pipeline is told: which rows, and how they become groups."""

from typing import Annotated, Literal

from pipelines.run import AtLeast, Common, Tables, settings


@settings
class Config(Common, Tables):
    """From a table to groups of rows that are alike."""

    data: str | None = None
    """Table (CSV, TSV, Parquet, JSON lines, Excel), matrix (.npy, .npz), or mortgage:PATH of loan files.
    None takes scikit-learn's digits."""
    leave: tuple[str, ...] = ()
    """Columns that are not features, such as ids; they are written beside the clusters."""
    label: str | None = None
    """Column of known classes; not used for clustering, only compared with the result."""
    reduce: Literal["pca", "svd", "none"] = "pca"
    """How columns are reduced before rows are compared."""
    components: Annotated[int, AtLeast(0)] = 0
    """Components to keep; 0 takes those that explain 90% of the variance, at most 50."""
    method: Literal["kmeans", "dbscan"] = "kmeans"
    """How rows are grouped."""
    clusters: Annotated[int, AtLeast(0)] = 0
    """Number of clusters of k-means; 0 takes the number with the highest silhouette, from 2 to 12."""
    neighbours: Annotated[int, AtLeast(1)] = 10
    """Nearest rows to look at, for the density of dbscan and for the judgement."""
    rows: Annotated[int, AtLeast(0)] = 20_000
    """Largest number of rows, drawn at random; 0 takes all."""

    def __post_init__(self) -> None:
        """Refuse what cannot be run before any work, with a ValueError."""
        super().__post_init__()
        if self.clusters == 1:
            raise ValueError("--clusters is 1; two at least are told apart")
