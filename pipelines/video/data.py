"""Clips of the video pipeline, read or made, in three parts that share no clip."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from etl.engine.types import Tensor
from etl.handoff import from_host, to_torch
from etl.video.digits import Use, digits
from etl.video.moving_digits import MovingDigits
from etl.video.read import Clip, read
from etl.video.windows import windows
from pipelines.run import Run
from pipelines.video.config import Config

HELD = 0.15
"""Share of the clips, or of a clip's frames, that chooses the best state, and as much that judges."""
MADE = {"validation": 48, "test": 200}
"""Clips that are made."""
LARGE = 64
"""Canvas from which a digit is as large as MNIST has it."""


@dataclass(frozen=True, eq=False)
class Clips:
    """What is learnt from, chosen by, and judged by.

    Attributes
    ----------
    train : tensor, shape (n, span, channels, height, width), or MovingDigits
    validation, test : tensor, shape (n, span, channels, height, width)
        uint8, or float32 in [0, 1], where the engine holds its data.
    clips : int, optional
        Clips that were read; None of clips that are made.
    names : list of str
        Of the clip of each window of the test.
    """

    train: Tensor | MovingDigits
    validation: Tensor
    test: Tensor
    clips: int | None
    names: list[str]

    @property
    def frame(self) -> tuple[int, int, int]:
        """Channels, height and width."""
        channels, height, width = self.test.shape[2:]
        return channels, height, width


def load(config: Config, run: Run) -> Clips:
    """Read or make the clips.

    Raises
    ------
    FileNotFoundError, ValueError
        There is no clip, or there are too few for three parts.
    """
    return _made(config, run) if config.data is None else _read(config, run)


def _made(config: Config, run: Run) -> Clips:
    side = 28 if config.canvas >= LARGE else min(14, config.canvas)
    run.say(
        f"clips: none were given, so {config.moving} digit{'s' * (config.moving > 1)} of {side} pixels on "
        f"{config.canvas} x {config.canvas} are made; the test has digits that training never sees"
    )

    def source(use: Use, seed: int) -> MovingDigits:
        images = digits(config.digits, use, run.engine, side)
        canvas = config.canvas, config.canvas
        return MovingDigits(images, canvas, config.moving, config.span, seed=3 * config.seed + seed)

    train = source("train", 0)
    held = [
        source("validation", 1).clips(range(MADE["validation"])),
        source("test", 2).clips(range(MADE["test"])),
    ]
    validation, test = (to_torch(each) for each in held)
    return Clips(train, validation, test, None, [f"clip {number}" for number in range(len(test))])


def _read(config: Config, run: Run) -> Clips:
    assert config.data is not None
    clips = read(config.data, config.reading.form, config.span)
    stride = config.reading.stride or config.span
    parts, told = _parted(clips, config)
    run.say(f"parts: {told}")
    held = [windows(part, config.span, stride) for part in parts]
    run.say(
        f"windows: of {config.span} frames, {stride} apart (--stride): {len(held[0][0]):,} for training, "
        f"{len(held[1][0]):,} for validation and {len(held[2][0]):,} for the test"
    )
    train, validation, test = (to_torch(from_host(frames, run.engine)) for frames, _ in held)
    names = [parts[2][place].name for place in held[2][1].tolist()]
    return Clips(train, validation, test, len(clips), names)


def _parted(clips: Sequence[Clip], config: Config) -> tuple[list[list[Clip]], str]:
    """Clips for training, validation and test, and how they were split.

    Raises
    ------
    ValueError
        There are fewer than three clips, and none is long enough to be cut.
    """
    if len(clips) >= 3:
        order = np.random.default_rng(config.seed).permutation(len(clips)).tolist()
        held = max(1, round(HELD * len(clips)))
        places = order[2 * held :], order[held : 2 * held], order[:held]
        told = f"{held} of {len(clips):,} clips, drawn by --seed, are for the test, and {held} for validation"
        return [[clips[place] for place in sorted(part)] for part in places], told
    parts: list[list[Clip]] = [[], [], []]
    for clip in clips:
        end = len(clip.frames)
        last = max(config.span, round(HELD * end))
        for part, (start, stop) in zip(
            parts, ((0, end - 2 * last), (end - 2 * last, end - last), (end - last, end)), strict=True
        ):
            part.append(Clip(clip.name, clip.frames[max(start, 0) : max(stop, 0)]))
    if max(len(clip.frames) for clip in parts[0]) < config.span:
        longest, plural = max(len(clip.frames) for clip in clips), "s" * (len(clips) > 1)
        raise ValueError(
            f"{config.data} holds {len(clips)} clip{plural} of at most {longest} frames; give three clips, "
            f"or one of {3 * config.span} frames and more, or ask for fewer with --frames"
        )
    return (
        parts,
        f"clips: {len(clips)}, so the end of each is for the test, and what comes before it for validation",
    )
