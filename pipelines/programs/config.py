"""What the programs pipeline is told to learn: which equations, by which methods, to which depth."""

from pathlib import Path
from typing import Annotated, Literal

from pipelines.run import AtLeast, Common, settings

NAMES = {
    "values": "Tree-LSTM with values",
    "tree_lstm": "Tree-LSTM",
    "tree_nn": "Tree-NN",
    "lstm": "LSTM",
}
"""Methods, as the field writes them."""
METHODS = tuple(NAMES)
Labels = Literal["file", "certified"]
"""Whose labels count where a file and the certifier differ."""


@settings
class Config(Common):
    """From equations to networks that tell whether one holds, judged on others and on deeper ones."""

    data: Path | None = None
    """Equations: a text with one a line, or a corpus (.json, .json.gz). None generates certified ones."""
    labels: Labels = "file"
    """What is learnt where a file says whether an equation holds and the certifier says otherwise."""
    methods: tuple[str, ...] = METHODS
    """Any of values, tree_lstm, tree_nn and lstm, which are compared."""
    depth: Annotated[int, AtLeast(0)] = 0
    """Greatest depth that is learnt from; deeper equations only judge. 0 takes three quarters of them."""
    equations: Annotated[int, AtLeast(0)] = 0
    """Equations that are taken, or generated; 0 takes all, or what the machine learns in a minute."""
    epochs: Annotated[int, AtLeast(0)] = 0
    """Passes over the equations; 0 takes what the machine can do."""
    hidden: Annotated[int, AtLeast(2)] = 50
    """Units of a node."""
    batch: Annotated[int, AtLeast(2)] = 128
    """Equations of a step."""
    lr: float = 1e-2
    """Learning rate."""

    def __post_init__(self) -> None:
        """Refuse what cannot be run before any work, with a ValueError."""
        super().__post_init__()
        if odd := [each for each in self.methods if each not in METHODS]:
            raise ValueError(f"--methods has {odd[0]}; take any of {', '.join(METHODS)}")
        if not self.methods or len(set(self.methods)) < len(self.methods):
            raise ValueError(
                f"--methods is {' '.join(self.methods) or 'empty'}; name each once, such as lstm"
            )
        if not self.lr > 0:
            raise ValueError(f"--lr is {self.lr}; it is more than 0")
