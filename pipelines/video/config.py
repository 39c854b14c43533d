"""What the video pipeline is told: clips, how many frames are read and predicted, and sizes of networks."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

import tyro

from etl.video.frames import Form
from pipelines.run import AtLeast, Common, settings


@dataclass(frozen=True)
class Reading:
    """How clips are read."""

    size: tuple[int, ...] = ()
    """Height and width that frames are brought to; by default their own, which must be one."""
    crop: bool = False
    """Cut the middle out in the shape of --size first, instead of stretching frames."""
    every: int = 1
    """Takes one frame of so many, as of a video of thirty a second."""
    colour: Literal["auto", "grey", "colour"] = "auto"
    """auto keeps colours where a clip has some."""
    axes: str = ""
    """Axes of an array, a letter each: n clips, t time, c channels, h, w; by default they are found."""
    stride: int = 0
    """Frames between the beginnings of two windows of a long clip; 0 takes the window's length."""

    @property
    def form(self) -> Form:
        """The same, for the reader."""
        size = (self.size[0], self.size[1]) if self.size else None
        return Form(size, self.crop, self.every, self.colour, self.axes)


@dataclass(frozen=True)
class Sizes:
    """How large networks are, and how long they learn; 0 and none take what the machine can do."""

    hidden: tuple[int, ...] = ()
    """Channels of the recurrent cells, one number a block; by default by the machine."""
    layers: int = 0
    """Cells in a block; 0 goes by the machine."""
    kernel: int = 0
    """Width of the convolutions, odd; 0 goes by the machine."""
    order: int = 3
    """Order of the convolutional tensor train."""
    lookback: int = 3
    """Last hidden states that a cell reads."""
    rank: int = 0
    """Rank of the tensor train; 0 goes by the machine."""
    steps: int = 0
    """Training steps; 0 goes by the machine."""
    batch: int = 8
    """Batch size."""
    lr: float = 0.0
    """Peak learning rate; 0 goes by the machine."""


@settings
class Config(Common):
    """From clips to the frames that follow: train, judge frame by frame, and keep the network."""

    data: Path | None = None
    """Folder of images, of folders of them or of video files; or a video file, animated GIF, .npy or .npz.
    None generates clips of digits that move."""
    digits: Path | None = None
    """MNIST as .npz of x, or x_train and x_test, for generated clips; None enlarges scikit-learn's."""
    canvas: Annotated[int, AtLeast(8)] = 24
    """Height and width of generated clips; a digit is 28 pixels wide on 64 and more, otherwise 14."""
    moving: Annotated[int, AtLeast(1)] = 1
    """Digits in a generated clip."""
    frames: tuple[int, ...] = ()
    """Frames that are read, and predicted, such as 10 10, the default; 5 5 of generated clips."""
    reading: Annotated[Reading, tyro.conf.arg(name="")] = field(default_factory=Reading)
    """How clips are read."""
    sizes: Annotated[Sizes, tyro.conf.arg(name="")] = field(default_factory=Sizes)
    """How large networks are."""
    bfloat16: bool = False
    """Convolutions in bfloat16, faster on a GPU."""
    compare: bool = True
    """Train a ConvLSTM of the same blocks beside it, which takes as long again."""

    @property
    def frames_in(self) -> int:
        """Frames that are read."""
        return self._frames[0]

    @property
    def frames_out(self) -> int:
        """Frames that are predicted."""
        return self._frames[1]

    @property
    def span(self) -> int:
        """Frames of a window."""
        return sum(self._frames)

    @property
    def _frames(self) -> tuple[int, ...]:
        return self.frames or ((5, 5) if self.data is None else (10, 10))

    def __post_init__(self) -> None:
        """Refuse what cannot be run before any work, with a ValueError."""
        super().__post_init__()
        if len(self._frames) != 2 or min(self._frames) < 1:
            raise ValueError(
                f"--frames is {_told(self.frames)}; give two numbers from 1, as in --frames 10 10"
            )
        if self.reading.size and (len(self.reading.size) != 2 or min(self.reading.size) < 1):
            raise ValueError(
                f"--size is {_told(self.reading.size)}; give height and width, as in --size 64 64"
            )
        if self.reading.crop and not self.reading.size:
            raise ValueError("--crop needs --size; give height and width, as in --size 64 64")
        if self.data is not None and self.digits is not None:
            raise ValueError(
                "--data and --digits are given; digits are for clips that are made: leave one out"
            )
        if self.data is None and self.reading != Reading():
            raise ValueError(
                "options of reading clips are given, and no clips to read; name them with --data"
            )
        self._numbers()

    def _numbers(self) -> None:
        sizes = self.sizes
        wrong = {
            "every": (self.reading.every >= 1, self.reading.every, "at least 1"),
            "stride": (self.reading.stride >= 0, self.reading.stride, "at least 0"),
            "hidden": (not sizes.hidden or min(sizes.hidden) >= 1, _told(sizes.hidden), "numbers from 1"),
            "layers": (sizes.layers >= 0, sizes.layers, "at least 0"),
            "kernel": (sizes.kernel == 0 or sizes.kernel % 2 == 1, sizes.kernel, "odd"),
            "order": (sizes.order >= 1, sizes.order, "at least 1"),
            "lookback": (sizes.lookback >= sizes.order, sizes.lookback, f"at least --order, {sizes.order}"),
            "rank": (sizes.rank >= 0, sizes.rank, "at least 0"),
            "steps": (sizes.steps >= 0, sizes.steps, "at least 0"),
            "batch": (sizes.batch >= 1, sizes.batch, "at least 1"),
            "lr": (sizes.lr >= 0, sizes.lr, "at least 0"),
        }
        for name, (right, value, need) in wrong.items():
            if not right:
                raise ValueError(f"--{name} is {value}; it must be {need}")


def _told(values: tuple[int, ...]) -> str:
    return " ".join(map(str, values)) or "empty"
