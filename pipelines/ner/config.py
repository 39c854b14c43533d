"""What the named-entity pipeline is told: which sentences, which questions, which network."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

import tyro

from etl.engine import Device


@dataclass(frozen=True)
class Plan:
    """Rounds of questions, in shares of the pool's words."""

    acquisitions: tuple[str, ...] = ("random", "least_confidence", "mnlp", "bald")
    """Ways to choose sentences that are compared; see models/active/acquisition.py for all."""
    start: float = 0.01
    """Share of the words that is labelled first, at random."""
    step: float = 0.02
    """Share that each round adds."""
    until: float = 0.5
    """Share at which the rounds end."""
    samples: int = 20
    """Stochastic passes of BALD; the papers make 100."""
    seeds: int = 3
    """Runs of each acquisition, from which bands are drawn."""


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


@dataclass(frozen=True)
class Config:
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
    device: Device = "auto"
    """Where the data lives; auto takes a GPU if one answers."""
    workers: int = 0
    """Processes for the runs of the comparison; 0 takes all usable cores, or one on a GPU."""
    out: Path = Path("runs")
    """Directory of run folders. Rounds are kept there: a run that was killed goes on where it was."""
    seed: int = 0
    """Of splits, questions, networks and the made-up sentences."""
