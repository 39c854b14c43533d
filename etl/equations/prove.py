"""Proofs by SymPy, in a process of its own that is ended when its time is over."""

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess

import numpy as np

from etl.equations.certificates import VERDICTS, Certificates
from etl.equations.forest import Forest
from etl.equations.trees import below, part

START: float = 60.0
"""Seconds for SymPy to be imported."""


def prove_identities(found: Certificates, time_limit: float) -> None:
    """Turn ``identity`` into ``proved`` where SymPy simplifies ``left - right`` to 0.

    Parameters
    ----------
    found : Certificates
        Changed in place.
    time_limit : float
        Seconds an equation.
    """
    forest, roots = found.equations.forest, found.equations.roots
    with _prover() as prover:
        for number in np.flatnonzero(found.verdict == VERDICTS.index("identity")):
            nodes = below(forest, roots[[number]])
            if prover.simplifies_to_zero(part(forest, nodes), time_limit):
                found.verdict[number] = VERDICTS.index("proved")


@dataclass
class Prover:
    """A process that simplifies; a new one is started after one was ended."""

    process: SpawnProcess | None = None
    pipe: Connection | None = None

    def simplifies_to_zero(self, forest: Forest, time_limit: float) -> bool:
        """Whether the sides of the last node are the same to SymPy within a time.

        Parameters
        ----------
        forest : Forest
            Of one equality, its last node.
        time_limit : float
            Seconds.
        """
        pipe = self._running()
        pipe.send(forest)
        if pipe.poll(time_limit):
            return bool(pipe.recv())
        self.end()
        return False

    def _running(self) -> Connection:
        if self.pipe is None:
            context = multiprocessing.get_context("spawn")
            self.pipe, other = context.Pipe()
            self.process = context.Process(target=_work, args=(other,), daemon=True)
            self.process.start()
            other.close()
            if not self.pipe.poll(START):
                raise TimeoutError(f"SymPy was not imported within {START:.0f} s")
            self.pipe.recv()
        return self.pipe

    def end(self) -> None:
        """End the process."""
        if self.process is not None and self.pipe is not None:
            self.process.kill()
            self.process.join()
            self.process.close()
            self.pipe.close()
        self.process = self.pipe = None


@contextmanager
def _prover() -> Iterator[Prover]:
    prover = Prover()
    try:
        yield prover
    finally:
        prover.end()


def _work(pipe: Connection) -> None:
    import sympy

    from etl.equations.to_sympy import to_sympy

    pipe.send(True)
    while True:
        try:
            forest = pipe.recv()
        except EOFError:
            return
        try:
            sides = (to_sympy(forest, int(child[-1])) for child in (forest.left, forest.right))
            left, right = sides
            pipe.send(sympy.simplify(left - right) == 0)
        except Exception:  # whatever SymPy stumbles over is no proof
            pipe.send(False)
