"""New equations by the network that was kept: the probability that each holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from etl.engine import Device, Engine
from etl.engine.types import Frame
from etl.equations.forest import Builder, Equations
from etl.equations.parse import parse
from etl.equations.read import read_equations
from etl.equations.splits import depths
from etl.equations.write import infix
from etl.files import kept
from etl.handoff import from_arrow, to_host, to_list
from etl.records import Choice, record
from models.programs.equation_verifier import EquationVerifier
from pipelines import find, saved
from pipelines.programs.data import on_engine

FILE = "verifier.arrow"
COLUMN = "equation"


@dataclass(frozen=True, eq=False)
class ProgramsModel:
    """A network that tells whether equations hold.

    Attributes
    ----------
    verifier : EquationVerifier
    name : str
        Of the method.
    depth : int
        Greatest depth that it learnt from.
    engine : Engine
    """

    verifier: EquationVerifier
    name: str
    depth: int
    engine: Engine

    def save(self, folder: Path) -> Mapping[str, Any]:
        """Weights as arrays; the rest goes into ``model.json``."""
        (folder / FILE).write_bytes(self.verifier.state())
        return {"method": self.name, "depth": self.depth}

    def probabilities(self, equations: Equations) -> np.ndarray:
        """That each equation of the host holds, float (equations,), on the host."""
        found: np.ndarray = to_host(self.verifier.predict_proba(on_engine(equations, self.engine)))
        return found[:, 1].astype(float)

    def predict(self, data: Frame | Path) -> Frame:
        """The probability that each equation holds.

        Parameters
        ----------
        data : Path or DataFrame
            A file of equations as in training, or a frame with a column ``equation``.

        Returns
        -------
        DataFrame
            ``row, equation, depth, probability``.
        """
        equations = read_equations(data) if isinstance(data, Path) else _of_frame(data)
        depth = depths(equations)
        if deeper := int((depth > self.depth).sum()):
            told = f"equations: {deeper:,} are deeper than {self.depth}, to which the network learnt"
            record(Choice(reason=f"{told}; trinity programs verify certifies them"))
        texts = [infix(equations.forest, int(root)) for root in equations.roots]
        P = self.probabilities(equations)
        columns = {"row": range(len(texts)), COLUMN: texts, "depth": depth, "probability": P}
        return from_arrow(pa.table({name: pa.array(each) for name, each in columns.items()}), self.engine)


def load(folder: Path, facts: Mapping[str, Any], engine: Engine) -> ProgramsModel:
    """Read a model again.

    Parameters
    ----------
    folder : Path
    facts : mapping
        What `ProgramsModel.save` returned.
    engine : Engine
    """
    verifier = EquationVerifier().restore(kept(folder / FILE).read_bytes())
    return ProgramsModel(verifier, facts["method"], facts["depth"], engine)


def network(run: Path, home: Path, device: Device) -> ProgramsModel:
    """The network of a run.

    Parameters
    ----------
    run : Path
        Its folder, or ``latest``.
    home : Path
        Directory of runs in which the latest is looked for.
    device : {"auto", "cpu", "gpu"}

    Raises
    ------
    FileNotFoundError, ValueError
        There is none.
    """
    folder = find(run, "programs", home, has_model=True)
    found = saved.load(folder, device)
    if not isinstance(found.model, ProgramsModel):
        raise ValueError(f"{folder} is of the story {found.facts['story']}; name a run of programs")
    if found.warning:
        print(f"  WARNING of {folder}: {found.warning}", flush=True)
    return found.model


def _of_frame(data: Frame) -> Equations:
    if COLUMN not in data.columns:
        raise ValueError(f"the frame has no column {COLUMN!r}; name that of the equations so")
    build, roots = Builder(), []
    for row, text in enumerate(to_list(data[COLUMN])):
        roots.append(parse(str(text), build, row + 1))
    return build.equations(roots)
