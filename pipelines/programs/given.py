"""Equations that are to be verified, with the text of each as it was written."""

import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from etl.equations.forest import Equations
from etl.equations.read import lines, read_equations, statement
from etl.equations.write import infix
from pipelines.programs.output import line
from pipelines.run import Run

STANDARD_INPUT = Path("-")
PLACE = re.compile(r"(.*)(?:, record |:)(\d+)", re.DOTALL)
"""File, and line or record, of an equation's place."""
TOLD = 20
"""Lines that cannot be read of which each is told; the run's quarantine.csv has all."""


@dataclass(frozen=True)
class Line:
    """What a line, or record, of a file holds.

    Attributes
    ----------
    text : str
        The equation as it is written.
    place : str
        File and line.
    fault : str
        Why it cannot be read; empty where it can.
    """

    text: str
    place: str
    fault: str = ""


@dataclass(frozen=True, eq=False)
class Given:
    """Equations in the order of their file.

    Attributes
    ----------
    lines : list of Line
    equations : Equations
        Of the lines without a fault, in their order.
    """

    lines: list[Line]
    equations: Equations

    @property
    def faulty(self) -> list[Line]:
        """Lines that are no equations."""
        return [line for line in self.lines if line.fault]

    @property
    def texts(self) -> list[str]:
        """Equations as they are written."""
        return [line.text for line in self.lines if not line.fault]


def read(file: Path | None, equations: Sequence[str], run: Run) -> Given:
    """What is to be verified, of a file, the standard input, or the command line.

    Parameters
    ----------
    file : Path, optional
        ``-`` is the standard input.
    equations : sequence of str
        Taken where there is no file.
    run : Run
        Told which lines cannot be read.

    Raises
    ------
    FileNotFoundError, ValueError
        There is nothing that can be read.
    """
    if file is not None and file != STANDARD_INPUT:
        return _told(_of_file(file))
    data = sys.stdin.buffer.read() if file is not None else "\n".join(map(_one_line, equations)).encode()
    name = "standard input" if file is not None else "--equation"
    place = run.scratch / (f"{name}.json" if data.lstrip()[:1] in (b"[", b"{") else name)
    place.write_bytes(data)
    with _named(f"{run.scratch}/"):
        return _told(_of_file(place))


def _one_line(text: str) -> str:
    return " ".join(text.split())


@contextmanager
def _named(folder: str) -> Iterator[None]:
    """Leave a folder out of what an error tells."""
    try:
        yield
    except ValueError as error:
        raise ValueError(str(error).replace(folder, "")) from error


def _of_file(path: Path) -> Given:
    found = read_equations(path)
    order = [(*_place(place), at) for at, place in enumerate(found.places)]
    order += [(each.file, each.line or 0, -1 - at) for at, each in enumerate(found.refused)]
    is_text = any(place.startswith(f"{path}:") for place in found.places)
    written = lines(path) if is_text else []
    return Given([_line(found, written, *each) for each in sorted(order)], found)


def _place(place: str) -> tuple[str, int]:
    match = PLACE.fullmatch(place)
    assert match is not None, place
    return match[1], int(match[2])


def _line(found: Equations, written: list[bytes], file: str, number: int, at: int) -> Line:
    """A line by its number and by its place among those that were read, or from -1 down among the others."""
    if at < 0:
        refused = found.refused[-1 - at]
        text = written[number - 1].decode(errors="replace") if written else refused.text
        return Line(text.strip(), f"{file}, {refused.unit} {number}", refused.reason)
    text = statement(written[number - 1])[0] if written else infix(found.forest, int(found.roots[at]))
    return Line(text.strip(), f"{file}, line {number}")


def _told(given: Given) -> Given:
    """The same, after each line that cannot be read is told."""
    for each in given.faulty[:TOLD]:
        print(f"  {each.place}, {each.fault}: {line(each.text[:80])}", flush=True)
    if len(given.faulty) > TOLD:
        print(f"  {len(given.faulty) - TOLD:,} more cannot be read; quarantine.csv has all", flush=True)
    return given
