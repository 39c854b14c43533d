"""What the rendering pipeline is told: images, how many labels count, and which methods learn."""

from pathlib import Path
from typing import Annotated, Literal

from pipelines.run import AtLeast, Common, Tables, settings

METHODS = ("fixmatch", "entropy", "fixmatch_nrm", "nrm", "mean_teacher", "supervised")
"""In the order in which they are taken where labels are too few to choose by: that of docs/rendering.md."""
LEAST, MOST = 8, 512
"""Pixels of a side that networks need, and that memory allows."""


@settings
class Config(Common, Tables):
    """From few labels and many images without to a classifier, and to what it sees in each class."""

    data: Path | None = None
    """Folder with a folder of images for each class, and images without a label beside these or in a folder
    unlabelled; or .npz of x and y. None takes scikit-learn's digits, 50 of them with their labels."""
    labels: Annotated[int, AtLeast(0)] = 0
    """Labels that are kept, as even over classes as can be; the other images count as unlabelled. 0 keeps
    all."""
    methods: tuple[str, ...] = ("supervised", "nrm", "fixmatch")
    """Any of supervised, entropy, nrm, mean_teacher, fixmatch and fixmatch_nrm, which are compared."""
    votes: Path | None = None
    """Table of a crowd's votes on images: columns task (name of the file, or row), worker and label."""
    test: Path | None = None
    """Images with labels that judge, in any form of --data. By default what --data has for that, or a fifth
    of its labelled images."""
    size: Annotated[int, AtLeast(0)] = 0
    """Pixels of a side to which images are brought; 0 keeps their own where it is one."""
    network: Literal["conv_small", "conv_large", "wide_resnet_28_2"] = "conv_small"
    """The first is for digits and a CPU, the others for photographs and a GPU."""
    steps: Annotated[int, AtLeast(0)] = 0
    """Batches that each method learns from; 0 takes what the machine can do."""
    batch: Annotated[int, AtLeast(2)] = 32
    """Labelled images of a batch, and as many unlabelled ones."""
    lr: float = 1e-3
    """Learning rate, which falls to 0 at the end."""
    flip: bool = False
    """Whether a class looks the same mirrored, which is so of photographs and not of digits."""
    fewer: tuple[int, ...] = ()
    """Further numbers of labels to compare in the figure; each costs as much again."""
    gan: bool = False
    """Learn to make images by class from the labelled ones, too."""

    def tables(self) -> tuple[str, ...]:
        """Options that name tables."""
        return ("votes",)

    def __post_init__(self) -> None:
        """Refuse what cannot be run before any work, with a ValueError."""
        super().__post_init__()
        if odd := [each for each in self.methods if each not in METHODS]:
            raise ValueError(f"--methods has {odd[0]}; take any of {', '.join(METHODS)}")
        if not self.methods or len(set(self.methods)) < len(self.methods):
            raise ValueError(f"--methods is {' '.join(self.methods) or 'empty'}; name each once, such as nrm")
        if 0 < self.size < LEAST:
            raise ValueError(f"--size is {self.size}; networks need {LEAST} pixels of a side at least")
        if self.size > MOST:
            raise ValueError(f"--size is {self.size}; take {MOST} at most: networks here are for 8 to 64")
        if not self.lr > 0:
            raise ValueError(f"--lr is {self.lr}; it is more than 0")
        if odd_counts := [each for each in self.fewer if each < 2]:
            raise ValueError(f"--fewer has {odd_counts[0]}; give numbers of labels from 2")
        if self.fewer and self.votes is not None:
            raise ValueError("--fewer and --votes are given; a crowd's labels are all taken: leave one out")
        if self.data is not None and self.test is not None and self.data.resolve() == self.test.resolve():
            raise ValueError(
                f"--test is --data, {self.data}; give images that are not learnt from, or no --test"
            )
        if self.data is None and (self.votes is not None or self.test is not None or self.size):
            raise ValueError("--votes, --test and --size are of images of yours; name these with --data")
