"""A verdict of each equation, with its certificate: ``trinity programs verify FILE``."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import tyro

from etl.equations.certificates import VERDICTS, Certificates
from etl.equations.certify import certify
from etl.equations.sampling import COUNT, sample_points
from etl.handoff import from_host
from pipelines.programs import certificates
from pipelines.programs.given import Given, read
from pipelines.programs.output import line, results_alone
from pipelines.report import Story
from pipelines.run import AtLeast, Common, Result, Run, settings

DECIDED = (("identity", "proved"), ("false",))
"""Verdicts that say that an equation holds, and that it does not."""
SHOWN = 50
"""Equations in the report."""


@settings
class Verify(Common):
    """Does each equation hold? A line each: the verdict, a tab, and the equation as it is written."""

    file: Annotated[Path | None, tyro.conf.Positional] = None
    """Text with an equation a line, LaTeX too, or a corpus (.json, .json.gz); - is the standard input."""
    equation: tuple[str, ...] = ()
    """Equations themselves, in place of a file."""
    prove: bool = False
    """Have SymPy prove what holds at all points."""
    time_limit: Annotated[float, AtLeast(0.01)] = 5.0
    """Seconds of each proof."""
    points: Annotated[int, AtLeast(4)] = COUNT
    """Points at which both sides are evaluated."""
    digits: Annotated[int, AtLeast(16)] = 50
    """Digits that are computed with where doubles leave a doubt."""
    certificates: Path | None = None
    """File to write, .json or .csv: points, values of both sides there, how each verdict was decided."""

    def __post_init__(self) -> None:
        """Refuse what cannot be run before any work, with a ValueError."""
        super().__post_init__()
        if (self.file is None) == (not self.equation):
            raise ValueError("name a file of equations, - for the standard input, or --equation 'x = x'")
        if self.certificates is not None and self.certificates.suffix not in certificates.SUFFIXES:
            ends = " nor ".join(certificates.SUFFIXES)
            raise ValueError(f"--certificates {self.certificates} ends neither in {ends}; name such a file")


def verify(config: Verify) -> Result:
    """Read, certify, print a line each; returns the run.

    Raises
    ------
    FileNotFoundError, ValueError
        There is nothing that can be read.
    """
    with results_alone() as out, Run("programs", config) as run:
        with run.step("read"):
            given = read(config.file, config.equation, run)
        with run.step("certify"):
            forest = given.equations.forest
            points = sample_points(len(forest.symbols), config.points, config.seed)
            found = certify(
                given.equations,
                points=from_host(points, run.engine),
                digits=config.digits,
                prove=config.prove,
                time_limit=config.time_limit,
            )
        out.writelines(f"{each}\n" for each in _lines(given, found))
        out.flush()
        if config.certificates is not None:
            with run.step("write"):
                certificates.write(config.certificates, given.texts, found)
            run.say(f"certificates: {config.certificates}")
        return run.finish(_metrics(given, found), story=_story(given, found), figures={})


def _lines(given: Given, found: Certificates) -> Iterator[str]:
    names = iter(found.names())
    for each in given.lines:
        yield line("error" if each.fault else next(names), each.text)


def _metrics(given: Given, found: Certificates) -> dict[str, Any]:
    return {
        "equations": len(found),
        "unreadable": len(given.faulty),
        "contradicted": _contradicted(given.equations.labels, found),
        "counts": found.counts(),
        "escalated": found.escalated,
    }


def _contradicted(labels: np.ndarray, found: Certificates) -> int:
    """Equations that a label in the file calls true and the verdict false, or the other way round."""
    holds, fails = (np.isin(found.verdict, [VERDICTS.index(n) for n in names]) for names in DECIDED)
    return int(((labels == 1) & fails | (labels == 0) & holds).sum())


def _story(given: Given, found: Certificates) -> Story:
    counts = {name: count for name, count in found.counts().items() if count}
    told = ", ".join(f"{count:,} {name}" for name, count in counts.items())
    parts = [f"Of {len(found):,} equations: {told}. {found.escalated:,} needed more digits than doubles."]
    if given.faulty:
        parts.append(f"{len(given.faulty):,} lines are no equations that can be read.")
    if against := _contradicted(given.equations.labels, found):
        parts.append(f"The file's labels say otherwise of {against:,}.")
    rows = [
        [one.verdict, line(text), one.how, one.domain, one.branch]
        for text, one in ((text, found.of(at)) for at, text in enumerate(given.texts[:SHOWN]))
    ]
    head = ["verdict", "equation", "by", "domain", "truth"]
    more = f", the first {SHOWN}" if len(found) > SHOWN else ""
    tables = [(f"Certificates{more}", head, rows)]
    if given.faulty:
        faults = [[each.place, line(each.text), each.fault] for each in given.faulty[:SHOWN]]
        tables.append(("Lines that cannot be read", ["line", "text", "why"], faults))
    headline = counts | {"unreadable": len(given.faulty)}
    return Story(" ".join(parts), tables, {}, headline=headline)
