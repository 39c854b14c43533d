"""The network of twelve layers: blocks of recurrent cells with skips, which predicts each next frame.

Source: Su and others, arXiv 2002.09131, section 4: four blocks of three cells; what block 1 gives goes into
block 4 beside what block 3 gives, and that of block 2 into the last convolution beside that of block 4.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

from etl.engine.types import Tensor, TorchDevice
from models.video.cell import ConvTTLSTMCell, State


@dataclass(frozen=True)
class NetworkSettings:
    """Sizes of a `VideoNetwork`; the default is the published Conv-TT-LSTM."""

    channels: int = 1
    """Of a frame: 1 is grey, 3 is colour."""
    hidden: tuple[int, ...] = (32, 48, 48, 32)
    """Channels of the cells, a block each."""
    layers: int = 3
    """Cells of a block."""
    kernel: int = 5
    """Side of all convolutions but the last."""
    order: int = 3
    """Convolutions in a train; see `ConvTTLSTMCell` for this and the next three."""
    steps: int = 3
    """Hidden states that a cell looks back on."""
    rank: int | None = 8
    """Channels inside a train; None works on whole hidden states."""
    lags: int | None = None
    """States in a window."""
    skip_stride: int = 2
    """Blocks between the one whose output is handed on and the one that takes it, less one."""

    @classmethod
    def conv_lstm(
        cls,
        channels: int = 1,
        hidden: tuple[int, ...] = (32, 48, 48, 32),
        layers: int = 3,
        kernel: int = 5,
        skip_stride: int = 2,
    ) -> Self:
        """Sizes of a ConvLSTM: order 1 and no rank."""
        return cls(channels, hidden, layers, kernel, 1, 1, None, None, skip_stride)


class VideoNetwork(nn.Module):
    """Predicts frames from those before, and from its own predictions where these end.

    Parameters
    ----------
    settings : NetworkSettings
    recompute : bool
        While training, keep the states of each frame only and compute the rest again: less memory, a third
        more time.
    device, dtype
        Of the parameters.

    Examples
    --------
    >>> network = VideoNetwork(NetworkSettings(hidden=(4, 4, 4, 4), layers=1, kernel=3, rank=2))
    >>> network(torch.zeros(2, 5, 1, 8, 8), frames_out=3).shape
    torch.Size([2, 7, 1, 8, 8])
    """

    def __init__(
        self,
        settings: NetworkSettings,
        recompute: bool = False,
        device: TorchDevice = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        if settings.layers < 1 or not settings.hidden or settings.skip_stride < 1:
            raise ValueError(f"a network has blocks, layers and a skip_stride of 1 and more; got {settings}")
        self.settings, self.recompute = settings, recompute
        sizes = settings.kernel, settings.order, settings.steps, settings.rank, settings.lags, device, dtype
        self.blocks = nn.ModuleList()
        for block, size in enumerate(settings.hidden):
            first = self._taken(block)
            inputs = [first] + [size] * (settings.layers - 1)
            self.blocks.append(nn.ModuleList(ConvTTLSTMCell(each, size, *sizes) for each in inputs))
        last = self._taken(len(settings.hidden))
        self.output = nn.Conv2d(last, settings.channels, 1, device=device, dtype=dtype)

    def _taken(self, block: int) -> int:
        """Channels that go into a block, or into the output."""
        widths = self.settings.hidden
        skipped = block - 1 - self.settings.skip_stride
        before = widths[block - 1] if block else self.settings.channels
        return before + (widths[skipped] if skipped >= 0 else 0)

    def forward(
        self,
        clips: Tensor,
        frames_out: int = 1,
        frames_in: int | None = None,
        taught: Tensor | None = None,
    ) -> Tensor:
        """All next frames, as long as there is input or a prediction to go on from.

        Parameters
        ----------
        clips : Tensor, shape (b, frames, channels, h, w)
        frames_out : int
            Frames to predict after the first ``frames_in``.
        frames_in : int, optional
            Frames of the clips that are always read; all by default.
        taught : Tensor of bool, shape (b, frames_out - 1), optional
            Where the true frame is read, and not the prediction, after the first ``frames_in``.

        Returns
        -------
        Tensor, shape (b, frames_in + frames_out - 1, channels, h, w)
            Predictions of the second frame and of all that follow.

        Raises
        ------
        ValueError
            The clips have another shape, or fewer frames than are read.
        """
        known = self._known(clips, frames_out, frames_in, taught is not None)
        states = [[cell.start(clips[:, 0]) for cell in block] for block in self.blocks]
        found: list[Tensor] = []
        for at in range(known + frames_out - 1):
            frame = clips[:, at] if at < known else found[-1]
            if taught is not None and at >= known:
                frame = torch.where(taught[:, at - known, None, None, None], clips[:, at], frame)
            predicted, states = self._step(frame, states)
            found.append(predicted)
        return torch.stack(found, 1)

    def _step(self, frame: Tensor, states: list[list[State]]) -> tuple[Tensor, list[list[State]]]:
        if self.recompute and torch.is_grad_enabled():
            return checkpoint(self._advance, frame, states, use_reentrant=False, preserve_rng_state=False)
        return self._advance(frame, states)

    def _advance(self, frame: Tensor, states: list[list[State]]) -> tuple[Tensor, list[list[State]]]:
        """The next frame, and the states after this one."""
        outputs: list[Tensor] = []
        after = []
        for block, (cells, held) in enumerate(zip(self.blocks, states, strict=True)):
            value, own = self._joined(frame, outputs, block), []
            for cell, state in zip(cells, held, strict=True):
                own.append(cell(value, state))
                value = own[-1].hidden
            outputs.append(value)
            after.append(own)
        return self.output(self._joined(frame, outputs, len(outputs))), after

    def _joined(self, frame: Tensor, outputs: Sequence[Tensor], block: int) -> Tensor:
        """What goes into a block: the output of the one before, and that which skipped some."""
        before = outputs[block - 1] if block else frame
        skipped = block - 1 - self.settings.skip_stride
        return torch.cat([before, outputs[skipped]], 1) if skipped >= 0 else before

    def _known(self, clips: Tensor, frames_out: int, frames_in: int | None, is_taught: bool) -> int:
        """How many frames are always read."""
        channels = self.settings.channels
        if clips.ndim != 5 or clips.shape[2] != channels:
            wanted = f"(clips, frames, {channels}, height, width)"
            raise ValueError(f"the network takes clips {wanted}; it got {tuple(clips.shape)}")
        known = int(clips.shape[1]) if frames_in is None else frames_in
        if known < 1 or frames_out < 1:
            raise ValueError(f"at least a frame is read and one predicted; asked: {known} and {frames_out}")
        read = known + (frames_out - 1 if is_taught else 0)
        if clips.shape[1] < read:
            raise ValueError(f"{read} frames are read, and the clips have {clips.shape[1]}")
        return known
