"""Real data: the small files that ship with the tests, and those that may not."""

import lzma
from pathlib import Path

import pytest

EQUATIONS = Path(__file__).parents[3] / "shared" / "data" / "rendering_programs_lander"
"""Corpora of equations, which have no licence, and the completion set."""


def unpacked(packed: Path, folder: Path) -> Path:
    """Unpack all ``.xz`` files under one folder into another, where they have the same names; returns it."""
    for path in packed.rglob("*.xz"):
        target = folder / path.relative_to(packed).with_suffix("")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(lzma.decompress(path.read_bytes()))
    return folder


def present(path: Path) -> Path:
    """The path of a file that may not ship; where it is not, the test is skipped."""
    if not path.exists():
        pytest.skip(f"{path.parent.name}/{path.name} is not among the real data here")
    return path
