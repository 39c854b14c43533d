"""A network that predicts video, trained with scheduled sampling; the best state is kept."""

from collections.abc import Callable
from pathlib import Path
from typing import Self

import torch
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from etl.engine import engine_of
from etl.engine.types import Array, Tensor
from etl.handoff import from_torch, to_torch
from models.sequences.schedule import Schedule
from models.sequences.training import Training
from models.video.clips import Given, Source, Stretches, as_clips, as_floats, is_source, parted
from models.video.curriculum import ScheduledSampling
from models.video.metrics import mse
from models.video.network import NetworkSettings, VideoNetwork
from models.video.saved import Saved

AT_ONCE = 32
"""Clips that are predicted together."""
Watch = Callable[[ScheduledSampling], None]


class VideoForecaster(Saved, BaseEstimator):
    """Predicts frames from those before, on whichever device holds the clips.

    The loss is L1 + L2 over all next frames, those inside the input included. States are compared by the MSE
    of clips for validation, predicted without help.

    Parameters
    ----------
    settings : NetworkSettings
    frames_in, frames_out : int
        Frames that are read, and that are predicted, while learning.
    steps, learning_rate, check, patience, cosine
        See `models.sequences.schedule.Schedule`; ``patience`` 0 makes all steps.
    batch_size : int
        Clips.
    plateau : int
        Checks without improvement after which fewer true frames are read; see `ScheduledSampling`.
    fall : float
        By how much a check lowers their share then.
    bfloat16 : bool
        Convolutions in bfloat16; weights and states stay float32.
    recompute : bool
        See `VideoNetwork`.
    random_state : int
        Of weights, batches and draws; the global generator is left as it was.
    checkpoint : Path or str, optional
        File from which a training that was cut off goes on; it is written at each check.

    Attributes
    ----------
    network_ : VideoNetwork
        With the weights of the best state.
    n_iter_ : int
    stop_reason_ : str
    validation_ : float
        MSE of the best state on the clips for validation: summed over a frame, mean of frames and clips.
    parted_ : str
        Which clips these are.
    losses_ : list of float
        The same of each check.
    """

    def __init__(
        self,
        settings: NetworkSettings | None = None,
        frames_in: int = 10,
        frames_out: int = 10,
        *,
        steps: int = 1000,
        learning_rate: float = 1e-3,
        batch_size: int = 8,
        check: int = 50,
        patience: int = 0,
        cosine: bool = True,
        plateau: int = 20,
        fall: float = 4e-3,
        bfloat16: bool = False,
        recompute: bool = False,
        random_state: int = 0,
        checkpoint: Path | str | None = None,
    ) -> None:
        self.settings = settings
        self.frames_in = frames_in
        self.frames_out = frames_out
        self.steps = steps
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.check = check
        self.patience = patience
        self.cosine = cosine
        self.plateau = plateau
        self.fall = fall
        self.bfloat16 = bfloat16
        self.recompute = recompute
        self.random_state = random_state
        self.checkpoint = checkpoint

    def fit(self, clips: Given | Source, validation: Given | None = None, watch: Watch | None = None) -> Self:
        """Learn.

        Parameters
        ----------
        clips : array, tensor or sequence, shape (n, frames, [channels,] height, width), or source
            uint8, or floats in [0, 1]; every stretch of frames_in + frames_out frames is learnt from. Or what
            makes clips by their numbers, on the device, see `Source`.
        validation : array or tensor, optional
            Validation clips; by default the last 15 % of those given. A source needs it.
        watch : callable, optional
            Called with the curriculum after each check, to tell how it goes.

        Raises
        ------
        ValueError
            Clips, or a parameter, do not fit.
        """
        source, compared = self._sources(clips, validation)
        device = compared.device
        with torch.random.fork_rng([device] if device.type == "cuda" else []):
            torch.manual_seed(self.random_state)
            self.network_ = VideoNetwork(self.sizes(), self.recompute).to(device)
            curriculum = ScheduledSampling(
                self.plateau, self.fall, seed=self.random_state, device=device, watch=watch
            )
            told = self._told(source, compared)
            training = Training(self.network_, self._schedule(), self.checkpoint, told, curriculum)
            self.stop_reason_ = training.fit(
                lambda _, step: self._loss(source, curriculum, step), lambda: self._compared(compared)
            )
        self.n_iter_, self.validation_ = training.progress.step, training.progress.best
        self.losses_ = curriculum.losses
        self.network_.eval()
        return self

    def predict(self, clips: Given, frames: int | None = None) -> Array | Tensor:
        """The next frames of clips, all of whose frames are read.

        Parameters
        ----------
        clips : array, tensor or sequence, shape (n, frames before, [channels,] height, width)
        frames : int, optional
            To predict; ``frames_out`` by default.

        Returns
        -------
        array or tensor of float32, shape (n, frames, [channels,] height, width)
            In [0, 1], of the library that was given.
        """
        check_is_fitted(self, "network_")
        held = as_clips(clips, self.sizes().channels)
        self.network_.to(held.device)
        with torch.no_grad():
            count = self.frames_out if frames is None else frames
            found = torch.cat([self._ahead(part, count) for part in held.split(AT_ONCE)])
        one = clips[0] if isinstance(clips, list | tuple) else clips[:1][0]
        found = found if one.ndim == 4 else found[:, :, 0]
        return found if isinstance(one, torch.Tensor) else from_torch(found, engine_of(one))

    def _schedule(self) -> Schedule:
        told = (self.steps, self.learning_rate, self.check, self.patience, 0.0, self.random_state)
        return Schedule(*told, self.cosine)

    def _sources(self, clips: Given | Source, validation: Given | None) -> tuple[Source, Tensor]:
        """Training and validation clips."""
        sizes = {"frames_in": self.frames_in, "frames_out": self.frames_out, "steps": self.steps}
        for name, size in {**sizes, "batch_size": self.batch_size, "check": self.check}.items():
            if size < 1:
                raise ValueError(f"{name} is {size}; it is at least 1")
        channels, span = self.sizes().channels, self.frames_in + self.frames_out
        compared = None if validation is None else as_clips(validation, channels)
        self.parted_ = "validated on the clips that were given for it"
        if is_source(clips):
            if compared is None:
                raise ValueError("clips by their numbers have no last ones; give clips as validation")
            return clips, Stretches(compared, span).held
        held = as_clips(clips, channels)
        if compared is None:
            held, compared, self.parted_ = parted(held, span)
        return Stretches(held, span, self.random_state), Stretches(compared, span).held

    def _told(self, source: Source, compared: Tensor) -> str:
        """What a checkpoint must agree with: options, shapes and the sum of the data."""
        held = [compared, source.held] if isinstance(source, Stretches) else [compared]
        sizes = [(tuple(each.shape), float(each.sum(dtype=torch.float64))) for each in held]
        return f"{type(self).__name__}, {type(source).__name__}, {self.options()}, {sizes}"

    def _loss(self, source: Source, curriculum: ScheduledSampling, step: int) -> Tensor:
        """L1 + L2 of a batch."""
        made = source.clips(range(step * self.batch_size, (step + 1) * self.batch_size))
        clips = made if isinstance(made, torch.Tensor) else to_torch(made)
        span = self.frames_in + self.frames_out
        taught = curriculum.mask(len(clips), self.frames_out - 1)
        with self._precision(clips):
            found = self.network_(clips, self.frames_out, self.frames_in, taught)
        apart = found.float() - clips[:, 1:span]
        return (apart.abs() + apart.square()).mean()

    def _compared(self, clips: Tensor) -> Tensor:
        """MSE of what follows the first frames of each clip."""
        errors = []
        for part in clips.split(AT_ONCE):
            truth = as_floats(part[:, self.frames_in : self.frames_in + self.frames_out])
            errors.append(mse(truth, self._ahead(part[:, : self.frames_in], self.frames_out)))
        return torch.cat(errors).mean()

    def _ahead(self, clips: Tensor, frames: int) -> Tensor:
        """Frames after clips, in [0, 1]; only pixels that are told are cut, not those that are fed back."""
        with self._precision(clips):
            found = self.network_(as_floats(clips), frames)[:, -frames:]
        return found.float().clamp(0, 1)

    def _precision(self, clips: Tensor) -> torch.autocast:
        return torch.autocast(clips.device.type, torch.bfloat16, enabled=self.bfloat16)
