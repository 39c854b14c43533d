"""The frames that follow new clips, as a table, as arrays or as an animation."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from etl.engine import Engine
from etl.engine.types import Array, Frame
from etl.files import kept
from etl.handoff import from_arrow, from_host, from_torch, to_torch
from etl.records import Choice, record
from etl.video import write
from etl.video.frames import Form
from etl.video.read import Clip, read
from etl.video.windows import windows
from models.video.clips import as_floats
from models.video.forecaster import VideoForecaster

FILE = "network.arrow"
SIDE = 96
"""Pixels to which small frames are enlarged in an animation."""
MOST = 8
"""Clips side by side in an animation."""


@dataclass(frozen=True, eq=False)
class VideoModel:
    """A network that goes on with clips.

    Attributes
    ----------
    forecaster : VideoForecaster
    frame : tuple of int
        Channels, height and width that it learnt from.
    engine : Engine
    form : dict
        How clips are read: ``crop, every, axes``.
    """

    forecaster: VideoForecaster
    frame: tuple[int, int, int]
    engine: Engine
    form: Mapping[str, Any] = field(default_factory=dict)

    def save(self, folder: Path) -> Mapping[str, Any]:
        """Weights as arrays; the rest goes into ``model.json``."""
        (folder / FILE).write_bytes(self.forecaster.state())
        return {"frame": list(self.frame), "form": dict(self.form)}

    def frames(self, data: Path | str | Array, count: int | None = None) -> tuple[list[str], Array]:
        """Names of clips, and the frames that follow the last ones of each.

        Parameters
        ----------
        data : Path, str or array, shape (n, t, [channels,] height, width)
            In any form that the story reads; arrays are uint8, or floats in [0, 1].
        count : int, optional
            Frames to predict, by default as many as in training.

        Returns
        -------
        names : list of str
        frames : float32 array, shape (n, count, channels, height, width)
            In [0, 1].

        Raises
        ------
        ValueError
            Clips have fewer frames than are read, or others than the network takes.
        """
        named = isinstance(data, str | os.PathLike)
        names, seen = self._of_path(Path(data)) if named else self._of_array(data)
        found = self.forecaster.predict(as_floats(to_torch(seen)), count)
        return names, from_torch(found, self.engine)

    def predict(self, data: Path | Array) -> Frame:
        """A row a predicted frame.

        Returns
        -------
        DataFrame
            ``clip, frame`` (from 1) and ``p0, p1, ...``: pixels in [0, 1], channel by channel, row by row.
        """
        names, frames = self.frames(data)
        n, count = frames.shape[:2]
        pixels = frames.reshape(n * count, -1)
        table = pa.table({"clip": pa.array([name for name in names for _ in range(count)], pa.string())})
        first = {"clip": from_arrow(table, self.engine)["clip"]}
        first["frame"] = self.engine.xp.arange(n * count) % count + 1
        rest = {f"p{at}": pixels[:, at] for at in range(pixels.shape[1])}
        return self.engine.df.DataFrame(first | rest)

    @property
    def writers(self) -> dict[str, Callable[[Frame, Path], None]]:
        """Further kinds of files, by their endings."""
        return {".npz": self._npz, ".gif": self._gif}

    def _npz(self, table: Frame, path: Path) -> None:
        names, frames = self._whole(table)
        with path.open("wb") as file:
            np.savez_compressed(file, frames=frames, clip=names)

    def _gif(self, table: Frame, path: Path) -> None:
        frames = self._whole(table)[1]
        shown = np.rint(255 * frames).astype("uint8")
        write.gif(path, write.tiles(shown[None, :MOST], least=SIDE))

    def _whole(self, table: Frame) -> tuple[np.ndarray, np.ndarray]:
        """Names (n,) and frames (n, count, channels, height, width) of what `predict` returned."""
        count = int(table["frame"].max())
        pixels = table[[name for name in table.columns if name not in ("clip", "frame")]].to_numpy("float32")
        names = table["clip"].to_numpy()[::count].astype(str)
        return names, pixels.reshape(-1, count, *self.frame)

    def _of_path(self, data: Path) -> tuple[list[str], Array]:
        """The last frames of each clip, in the size that the network learnt from."""
        channels, height, width = self.frame
        known = self.forecaster.frames_in
        form = Form((height, width), colour="grey" if channels == 1 else "colour", **self.form)
        clips = [Clip(clip.name, clip.frames[-known:]) for clip in read(data, form, known)]
        record(
            Choice(
                reason=f"frames: brought to {height} x {width}, and the last {known} of each clip are read"
            )
        )
        seen, _ = windows(clips, known, known)
        return [clip.name for clip in clips], from_host(seen, self.engine)

    def _of_array(self, data: Array) -> tuple[list[str], Array]:
        if not hasattr(data, "ndim"):
            raise ValueError(f"clips are a {type(data).__name__}; give an array of NumPy, or a path")
        frames = data[:, :, None] if data.ndim == 4 else data
        known = self.forecaster.frames_in
        if frames.ndim != 5 or frames.shape[1] < known or tuple(frames.shape[2:]) != self.frame:
            wanted = f"(n, {known} or more, {', '.join(map(str, self.frame))})"
            raise ValueError(f"clips are of shape {tuple(data.shape)}; give an array {wanted}, or a path")
        return [f"clip {number}" for number in range(len(frames))], frames[:, -known:]


def load(folder: Path, facts: Mapping[str, Any], engine: Engine) -> VideoModel:
    """Read a model again.

    Parameters
    ----------
    folder : Path
    facts : mapping
        What `VideoModel.save` returned.
    engine : Engine
    """
    forecaster = VideoForecaster().restore(kept(folder / FILE).read_bytes())
    channels, height, width = facts["frame"]
    return VideoModel(forecaster, (channels, height, width), engine, facts["form"])
