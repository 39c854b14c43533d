"""Checkpoints of a training: each is written whole or not at all, and read only by the same training."""

import io
from pathlib import Path
from typing import Any

import torch

from etl.files import reading, write


def save(path: Path, state: dict[str, Any]) -> None:
    """Write a state in place of the last one.

    Parameters
    ----------
    path : Path
    state : dict
        Whose ``told`` says of which training it is.

    Raises
    ------
    OSError
        It cannot be written; torch, given the path, would not say why.
    """
    file = io.BytesIO()
    torch.save(state, file)
    write(path, file.getvalue())


def load(path: Path, told: str) -> dict[str, Any]:
    """The state that was written, on the host.

    Parameters
    ----------
    path : Path
    told : str
        Data and options of the training that goes on.

    Raises
    ------
    ValueError
        The file is the checkpoint of another training.
    OSError
        It cannot be read.
    """
    with reading(path, "a checkpoint of this training, or a path where nothing is", RuntimeError):
        # Onto the host: AdamW, which keeps its counts of steps where they lie, reads them at each step.
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    if state["told"] != told:
        raise ValueError(
            f"{path} is the checkpoint of another training ({state['told']}, now {told}); give "
            "another path, or remove it to begin anew"
        )
    return state
