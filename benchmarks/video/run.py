"""Video by Conv-TT-LSTM and by ConvLSTM, a part at a time: ``python -m benchmarks.video --parameters``.

A part is a file of this folder with ``main(config) -> list[dict]``, which measures, prints, and writes to
``--out``. To add one, write the file, a field of `Config` that is its name, and its place in `PARTS`.
"""

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Row = dict[str, Any]
PARTS = {"parameters": "benchmarks.video.parameters"}
"""Modules of the parts by the option that asks for each."""


@dataclass(frozen=True)
class Config:
    """Networks that predict video."""

    parameters: bool = False
    """Parameters and multiplications of the published networks, on the meta device, as JSON."""
    out: Path | None = None
    """JSON file to write."""


def main(config: Config) -> list[Row]:
    """Run the one part that is asked for; returns its rows.

    Raises
    ------
    ValueError
        No part, or more than one, is asked for.
    """
    asked = [name for name in PARTS if getattr(config, name)]
    if len(asked) != 1:
        raise ValueError(f"ask for one part: --{', --'.join(PARTS)}")
    return importlib.import_module(PARTS[asked[0]]).main(config)
