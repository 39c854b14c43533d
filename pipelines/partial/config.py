"""What the partial-feedback pipeline is told: which items, which questions, which ways to spend them."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from etl.engine import Device
from models.partial.variants import variant


@dataclass(frozen=True)
class Config:
    """From items without labels to a class each, by yes/no questions."""

    data: Path | None = None
    """A directory: train.npz and test.npz; Tiny ImageNet; or a directory a class, of images or of texts.
    None takes scikit-learn's digits."""
    hierarchy: Path | None = None
    """WordNet's folder, a table of child and parent, directories, or dotted names; None takes that of the
    data, of its directories or of digits' shapes."""
    variants: tuple[str, ...] = ("uniform", "al_me", "aq_edc", "alpf_eig", "alpf_erc", "alpf_edc")
    """Ways to spend questions that are compared; see models/partial/variants.py for all."""
    simulate: int = 0
    """Items that are simulated over the hierarchy's classes; 0 takes the data."""
    items: int = 0
    """Most items that are asked about, and most that are judged by, drawn at random; 0 takes all."""
    side: int = 32
    """Pixels of a side to which image files are resized."""
    start: float = 0.05
    """Share of the naive cost that is spent first, on random items."""
    budget: float = 0.05
    """Share of the naive cost that is spent in each round."""
    epochs: int = 5
    """Passes of the network over all items with answers, in each round."""
    device: Device = "auto"
    """Where the data lives; auto takes a GPU if one answers."""
    out: Path = Path("runs")
    """Directory of run folders."""
    seed: int = 0
    """Of splits, questions, networks and simulated items."""


def check(config: Config) -> None:
    """Refuse what cannot be run before any work.

    Raises
    ------
    ValueError
        There is no such variant, a number is out of its range, or options contradict.
    RuntimeError
        PyTorch is not installed.
    """
    if not config.variants:
        raise ValueError("--variants is empty; give one at least, such as uniform")
    for name in config.variants:
        variant(name)
    for name, share in (("start", config.start), ("budget", config.budget)):
        if not 0 < share <= 1:
            raise ValueError(f"--{name} is {share}; it is a share of the naive cost, above 0 and at most 1")
    for name, value, least in (
        ("simulate", config.simulate, 0),
        ("items", config.items, 0),
        ("side", config.side, 4),
        ("epochs", config.epochs, 1),
    ):
        if value < least:
            raise ValueError(f"--{name} is {value}; it is {least} at least")
    if config.simulate and config.data is not None:
        raise ValueError("--simulate makes items up, and --data names real ones; leave one of them out")
    if find_spec("torch") is None:
        raise RuntimeError(
            "the model is a network, and PyTorch is not installed: pip install 'trinity[torch]'"
        )
