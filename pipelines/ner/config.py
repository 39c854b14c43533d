"""What the named-entity pipeline is told: which sentences, which questions, which network."""

from dataclasses import field
from pathlib import Path
from typing import Annotated

import tyro

from models.active.acquisition import acquisition
from models.tagger.network import Network
from pipelines.run import AtLeast, Checked, Common, Encoded, Share, settings


@settings
class Plan(Checked):
    """Rounds of questions, in shares of the pool's words."""

    acquisitions: tuple[str, ...] = ("random", "least_confidence", "mnlp", "bald")
    """Ways to choose sentences, to compare; models/active/acquisition.py lists all."""
    start: Annotated[float, Share("the words")] = 0.01
    """Share of the words to label first, at random."""
    step: Annotated[float, Share("the words")] = 0.02
    """Share of the words that each round adds."""
    until: Annotated[float, Share("the words")] = 0.5
    """Share of the words at which the rounds end."""
    samples: int = 20
    """Stochastic passes for BALD; the papers use 100."""
    seeds: Annotated[int, AtLeast(1)] = 3
    """Runs of each way to choose, from which bands are drawn."""

    def __post_init__(self) -> None:
        """Refuse acquisitions that there are not, with a ValueError."""
        super().__post_init__()
        if not self.acquisitions:
            raise ValueError("--acquisitions is empty, so there is nothing to compare; give one at least")
        for name in self.acquisitions:
            acquisition(name)


@settings
class Config(Common, Encoded):
    """From tagged sentences to how much of them had to be labelled."""

    data: Path | None = None
    """CoNLL columns, .iob2 of Universal NER, the GMB's .csv, JSON of doccano, Label Studio or Prodigy, or a
    zip or directory of these. None makes sentences up."""
    test: Path | None = None
    """Sentences to judge by, in the same format; None takes a fifth of the data."""
    columns: tuple[int, int] = (0, -1)
    """Positions of the word and the tag in CoNLL columns; -1 is the last."""
    words: int | None = None
    """Largest number of words in the pool, and a quarter as many to judge by; None takes all."""
    plan: Annotated[Plan, tyro.conf.arg(name="")] = field(default_factory=Plan)
    """Which questions are asked."""
    network: Annotated[Network, tyro.conf.arg(name="")] = field(default_factory=Network)
    """Which tagger learns."""
    workers: Annotated[int, AtLeast(0)] = 0
    """Processes for the runs; 0 takes all usable cores, or one on a GPU."""
