"""What the voting pipeline is told: which model, which optimisers, how many workers, and who lies."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import tyro

from models.signsgd.transports import TRANSPORTS, Name
from pipelines import find
from pipelines.run import Common, Encoded, settings

RATES: dict[str, dict[str, float]] = {
    "digits": {"sgd": 0.1, "adam": 0.01, "signum": 0.003, "vote": 0.003},
    "mnist": {"sgd": 0.1, "adam": 0.01, "signum": 0.002, "vote": 0.002},
    "resnet": {"sgd": 0.1, "adam": 0.003, "signum": 0.001, "vote": 0.001},
    "lstm": {"sgd": 1.0, "adam": 0.01, "signum": 0.003, "vote": 0.003},
    "ner": {"sgd": 0.1, "adam": 0.003, "signum": 0.001, "vote": 0.001},
}
"""Learning rates by task and optimiser.

Tuned on digits over SGD .05, .1, .2 and the vote .002, .003, .005 (three seeds, 15 voters); on mnist over SGD
.03, .05, .1, .2, Adam .001, .003, .01 and the vote .0005, .001, .002 (one seed). Signum takes the vote's.
Digits' Adam and the other tasks are not tuned.
"""
BATCHES = {"digits": 240, "mnist": 240, "resnet": 120, "lstm": 60, "ner": 60}
"""Examples of a step, of all workers together."""
EPOCHS = {"digits": 60, "mnist": 3, "resnet": 2, "lstm": 2, "ner": 3}
OPTIMISERS = ("sgd", "adam", "signum", "vote")
LIARS = (0, 1, 4, 7)
"""Numbers of voters that lie in the curves of digits."""


@dataclass(frozen=True)
class Training:
    """How long and how fast."""

    epochs: int = 0
    """Passes over the data, over which the learning rate falls to zero; 0 takes the task's."""
    stop: int = 0
    """Passes after which to stop, so that --resume can continue; 0 makes all passes."""
    batch: int = 0
    """Examples per step, of all workers together; 0 takes the task's."""
    lr: tuple[float, ...] = ()
    """Learning rate of each optimiser; empty takes the task's."""
    examples: int = 0
    """Largest number of examples to learn from; 0 takes all."""


@dataclass(frozen=True)
class Faults:
    """Who lies."""

    flip: float = 0.0
    """Share of the compared workers that send the opposite of their gradient or signs."""
    voters: int = 15
    """Number of voters in the fault curves; each has a share of the batch, several live in one process."""
    liars: tuple[int, ...] | None = None
    """Numbers of voters that lie, one for each point of the curves; None draws curves for digits only."""


@settings
class Config(Common, Encoded):
    """Train with workers that send gradients, and with workers that send signs and vote."""

    task: str = "digits"
    """digits, mnist (a small convolutional network), resnet, lstm (next character) or ner (a tagger)."""
    data: Path | None = None
    """Folder of train.npz and test.npz (mnist, resnet), a text (lstm), or CoNLL columns (ner).
    None takes digits for resnet, and makes text up."""
    optimisers: tuple[str, ...] = OPTIMISERS
    """Optimisers to compare: sgd, adam and signum on the mean gradient, and vote."""
    workers: int = 3
    """Processes, each with a share of the batch, on a GPU each if there are as many: 1 takes the only GPU.
    On a CPU 2 at least. Under torchrun, its own number of processes counts."""
    training: Annotated[Training, tyro.conf.arg(name="")] = field(default_factory=Training)
    """How long and how fast."""
    faults: Annotated[Faults, tyro.conf.arg(name="")] = field(default_factory=Faults)
    """Which workers lie."""
    transport: Name = "sharded"
    """How votes travel; docs/signsgd.md has the bytes of each, and whom you trust."""
    resume: Path | None = None
    """Folder of a run that stopped early, to continue; latest takes the newest of --out."""

    @property
    def batch(self) -> int:
        """Examples a step."""
        return self.training.batch or BATCHES[self.task]

    @property
    def epochs(self) -> int:
        """Passes over the data."""
        return self.training.epochs or EPOCHS[self.task]

    @property
    def liars(self) -> tuple[int, ...]:
        """Numbers of liars of the fault curves."""
        curves = self.task == "digits" and not self.training.stop
        if self.faults.liars is None:
            return tuple(n for n in LIARS if n <= self.faults.voters) if curves else ()
        return self.faults.liars

    def lr(self, name: str) -> float:
        """Rate of an optimiser."""
        given = dict(zip(self.optimisers, self.training.lr, strict=False))
        return given.get(name, RATES[self.task][name])

    def __post_init__(self) -> None:
        """Refuse what cannot be run before any work; see `check`."""
        super().__post_init__()
        if self.resume is not None:  # settings that are kept name the run itself
            object.__setattr__(self, "resume", find(self.resume, "signsgd", self.out))
        check(self)


def check(config: Config) -> None:
    """Refuse what cannot be run before any work.

    Raises
    ------
    ValueError
        There is no such task or optimiser, a number is out of its range, or options contradict.
    """
    if config.task not in RATES:
        raise ValueError(f"there is no task {config.task!r}; take one of {', '.join(RATES)}")
    for name in config.optimisers:
        if name not in OPTIMISERS:
            raise ValueError(f"there is no optimiser {name!r}; take one of {', '.join(OPTIMISERS)}")
    if not config.optimisers:
        raise ValueError("--optimisers is empty; give one at least, such as vote")
    if config.transport not in TRANSPORTS:
        raise ValueError(f"--transport is {config.transport!r}; take one of {', '.join(TRANSPORTS)}")
    if config.task == "digits" and config.data is not None:
        raise ValueError("--data is given, and digits come with scikit-learn; leave it out")
    if config.task == "mnist" and config.data is None:
        raise ValueError("--task mnist needs --data, a folder with train.npz and test.npz of x and y")
    _numbers(config)
    if config.resume is not None:
        _resumable(config, config.resume)


def _numbers(config: Config) -> None:
    rates, voters = config.training.lr, config.faults.voters
    most = max([config.workers, voters if config.liars else 0])
    least = 2 if config.device == "cpu" else 1
    wrong = {
        "workers": (config.workers >= least, config.workers, f"{least} at least"),
        "batch": (config.batch >= most, config.batch, f"{most} at least, an example for each that votes"),
        "epochs": (config.epochs >= 1, config.epochs, "1 at least"),
        "stop": (0 <= config.training.stop <= config.epochs, config.training.stop, "0 to --epochs"),
        "lr": (len(rates) in (0, len(config.optimisers)), rates, "one rate for each optimiser, or none"),
        "flip": (0 <= config.faults.flip < 1, config.faults.flip, "a share of the workers"),
        "voters": (not config.liars or voters >= 3, voters, "3 at least"),
        "liars": (all(0 <= n <= voters for n in config.liars), config.liars, f"each 0 to {voters}"),
    }
    for name, (right, value, need) in wrong.items():
        if not right:
            raise ValueError(f"--{name} is {value}; it must be {need}")


def _resumable(config: Config, folder: Path) -> None:
    """Refuse to go on from a run of other options."""
    for name in config.optimisers:
        if not (folder / "states" / f"{name}.pt").is_file():
            raise FileNotFoundError(f"{folder} holds no states/{name}.pt; name a run folder of this pipeline")
    made = json.loads((folder / "config.json").read_text())["config"]
    before = Config(task=made["task"], training=Training(**made["training"]), faults=Faults(**made["faults"]))
    pairs = {
        "task": (before.task, config.task),
        "seed": (made["seed"], config.seed),
        "epochs": (before.epochs, config.epochs),
        "batch": (before.batch, config.batch),
        "examples": (before.training.examples, config.training.examples),
    }
    for name, (old, new) in pairs.items():
        if old != new:
            raise ValueError(f"--{name} is {new} and was {old} in {folder}; go on with {old}")
