"""What the partial-feedback pipeline is told: which items, which questions, which ways to spend them."""

from pathlib import Path
from typing import Annotated

from models.partial.variants import variant
from pipelines.run import AtLeast, Common, Share, settings


@settings
class Config(Common):
    """From items without labels to a class each, by yes/no questions."""

    data: Path | None = None
    """Directory with train.npz and test.npz, of Tiny ImageNet, or with a directory of items for each class.
    None takes scikit-learn's digits."""
    encoding: str | None = None
    """Encoding of texts, such as latin-1; by default UTF-8, or UTF-16 where the file says so."""
    hierarchy: Path | None = None
    """Hierarchy of the classes: WordNet's folder, a table of child and parent, directories, or dotted names.
    None takes that of the data."""
    variants: tuple[str, ...] = ("uniform", "al_me", "aq_edc", "alpf_eig", "alpf_erc", "alpf_edc")
    """Ways to ask, to compare; models/partial/variants.py lists all."""
    simulate: Annotated[int, AtLeast(0)] = 0
    """Items to simulate over the hierarchy's classes; 0 takes the data."""
    items: Annotated[int, AtLeast(0)] = 0
    """Largest number of items to ask about, and to judge by, drawn at random; 0 takes all."""
    side: Annotated[int, AtLeast(4)] = 32
    """Pixels of a side to which images are resized."""
    start: Annotated[float, Share("the naive cost")] = 0.05
    """Share of the naive cost (halving, for all items) to spend first, on random items."""
    budget: Annotated[float, Share("the naive cost")] = 0.05
    """Share of the naive cost to spend in each round."""
    epochs: Annotated[int, AtLeast(1)] = 5
    """Passes of the network over all items with answers, in each round."""

    def __post_init__(self) -> None:
        """Refuse what cannot be run before any work.

        Raises
        ------
        ValueError
            There is no such variant, a number is out of its range, or options contradict.
        """
        super().__post_init__()
        if not self.variants:
            raise ValueError("--variants is empty; give one at least, such as uniform")
        for name in self.variants:
            variant(name)
        if self.simulate and self.data is not None:
            raise ValueError("--simulate makes items up, and --data names real ones; leave one of them out")
