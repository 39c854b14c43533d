"""What the named-entity pipeline is told: which sentences, which questions, which network."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

import tyro

from models.active.acquisition import acquisition
from pipelines.run import AtLeast, Checked, Common, Share, settings


@settings
class Plan(Checked):
    """Rounds of questions, in shares of the pool's words."""

    acquisitions: tuple[str, ...] = ("random", "least_confidence", "mnlp", "bald")
    """Ways to choose sentences that are compared; see models/active/acquisition.py for all."""
    start: Annotated[float, Share("the words")] = 0.01
    """Share of the words that is labelled first, at random."""
    step: Annotated[float, Share("the words")] = 0.02
    """Share that each round adds."""
    until: Annotated[float, Share("the words")] = 0.5
    """Share at which the rounds end."""
    samples: int = 20
    """Stochastic passes of BALD; the papers make 100."""
    seeds: Annotated[int, AtLeast(1)] = 3
    """Runs of each acquisition, from which bands are drawn."""

    def __post_init__(self) -> None:
        """Refuse acquisitions that there are not, with a ValueError."""
        super().__post_init__()
        if not self.acquisitions:
            raise ValueError("--acquisitions is empty, so there is nothing to compare; give one at least")
        for name in self.acquisitions:
            acquisition(name)


@dataclass(frozen=True)
class Network:
    """The tagger, and how it learns."""

    encoder: Literal["cnn", "transformer"] = "cnn"
    """Of words in their sentence."""
    decoder: Literal["lstm", "crf", "linear"] = "crf"
    """Of tags; lstm is the paper's."""
    width: int = 150
    """Filters of each layer, or the width of the transformer."""
    epochs: int = 8
    """Passes over all data."""
    lr: float = 0.002
    """Rate of Adam at the start of each fit, from which it falls to zero."""
    round_epochs: int = 3
    """Passes of each round, over all that is labelled by then."""
    round_steps: int = 600
    """Steps of each round at least, by more passes while little is labelled."""
    round_lr: float = 0.001
    """Rate of the rounds: at twice as much, some of the kept weights went astray after twenty rounds."""
    keep_weights: bool = True
    """Whether rounds go on with the weights there are, as in the paper; else each begins with new ones."""
    batch: int = 16
    """Sentences a step."""


@settings
class Config(Common):
    """From tagged sentences to how much of them had to be labelled."""

    data: Path | None = None
    """CoNLL columns, .iob2 of Universal NER, the GMB's .csv or .zip, or a directory; None makes some up."""
    test: Path | None = None
    """Sentences to judge by, in the same form; without it a fifth of the data."""
    columns: tuple[int, int] = (0, -1)
    """Columns of the word and the tag in CoNLL's form."""
    encoding: str = "cp1252"
    """Of the GMB's csv; the other forms are UTF-8."""
    words: int | None = None
    """Most words of the pool, and a quarter of it to judge by, drawn at random; None takes all."""
    plan: Annotated[Plan, tyro.conf.arg(name="")] = field(default_factory=Plan)
    """Which questions are asked."""
    network: Annotated[Network, tyro.conf.arg(name="")] = field(default_factory=Network)
    """Which tagger learns."""
    workers: Annotated[int, AtLeast(0)] = 0
    """Processes for the runs of the comparison; 0 takes all usable cores, or one on a GPU."""
