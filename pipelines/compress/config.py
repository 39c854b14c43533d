"""What the compressing pipeline is told: which network, which examples, and how much may stay."""

from pathlib import Path
from typing import Annotated

from pipelines import find
from pipelines.run import AtLeast, Common, Share, settings


@settings
class Config(Common):
    """From a trained classifier to one with fewer parameters, its layers in factors and tuned again."""

    network: str = ""
    """Class or function that makes the network, as module:name. Without it and --run, a convnet
    with a wide layer is trained on scikit-learn's digits."""
    keywords: tuple[str, ...] = ()
    """What it is called with, each as name=value, such as classes=10."""
    weights: Path | None = None
    """State dict of the trained network, as torch.save writes it."""
    run: Path | None = None
    """Run of signsgd on images whose network is taken; latest takes the newest of --out."""
    data: Path | None = None
    """Folder with a folder of images for each class, or .npz of x and y. None takes scikit-learn's digits."""
    side: Annotated[int, AtLeast(0)] = 0
    """Pixels of a side to which images of a folder are stretched; 0 takes the keyword side, or 32."""
    mean: tuple[float, ...] = ()
    """What the network had taken off its inputs, once they were 0 to 1: a number, or one a channel."""
    std: tuple[float, ...] = ()
    """What they were divided by then: a number, or one a channel."""
    budget: Annotated[float, Share("the parameters")] = 0.33
    """Share of the parameters that may stay."""
    others: tuple[float, ...] = (0.6,)
    """Further budgets to compare in the figure; each costs as much again."""
    slower: float = 1.0
    """How much of a dense layer's time one in factors may take; one that takes more stays dense."""
    epochs: Annotated[int, AtLeast(0)] = 2
    """Passes over the examples by which the network in factors is tuned."""
    lr: float = 1e-3
    """Learning rate of the tuning, which falls to zero."""
    batch: Annotated[int, AtLeast(1)] = 64
    """Examples a step."""
    held_out: Annotated[float, Share("the examples")] = 0.2
    """Share of the examples that judges, drawn at random."""

    def __post_init__(self) -> None:
        """Refuse what cannot be run before any work, with a ValueError."""
        super().__post_init__()
        for name, budget in (("budget", self.budget), *(("others", each) for each in self.others)):
            if not 0 < budget < 1:
                raise ValueError(f"--{name} is {budget}; it is between 0 and 1")
        if not self.held_out < 1:
            raise ValueError(f"--held-out is {self.held_out}; leave some to learn from")
        for name in ("slower", "lr"):
            if not getattr(self, name) > 0:
                raise ValueError(f"--{name} is {getattr(self, name)}; it is more than 0")
        if any(not each > 0 for each in self.std):
            raise ValueError(f"--std is {' '.join(map(str, self.std))}; each is more than 0")
        self._of_what()
        if self.run is not None:  # settings that are kept name the run itself
            object.__setattr__(self, "run", find(self.run, "signsgd", self.out))

    def _of_what(self) -> None:
        if self.network and self.run is not None:
            raise ValueError("--network and --run both name a network; give one of them")
        if not self.network and (self.mean or self.std):
            raise ValueError(
                "--mean and --std are of a --network of yours; leave them out, a run has its own scale"
            )
        if self.network and (self.weights is None or self.data is None):
            lacking = "weights" if self.weights is None else "data"
            raise ValueError(f"--network needs --{lacking}; give trained weights, and examples to tune by")
        if not self.network and (self.weights is not None or self.keywords):
            given = "weights" if self.weights is not None else "keywords"
            raise ValueError(f"--{given} is given, and no --network; name it, as in --network mynets:Net")
