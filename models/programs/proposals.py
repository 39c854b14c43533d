"""Candidates for one blank, the best first, before the certifier has seen them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from etl.engine.types import Array
from etl.equations.fingerprint import fingerprint
from etl.equations.forest import Forest
from models.programs.context import Context
from models.programs.graft import Grafter
from models.programs.pool import Pool
from models.programs.search import by_enumeration, by_inversion, composed
from models.programs.solve import solved

Logs = Callable[[Forest, Array], Array]
"""Logarithms of how much is expected of nodes."""
BEAM = 50
"""Candidates of a ranking that are tried, where nothing is searched for."""


@dataclass(frozen=True)
class Proposals:
    """Candidates of one equation.

    Attributes
    ----------
    forest : Forest
    nodes : int array, shape (candidates,)
    shares : float array, shape (candidates,)
        Of the sample points at which they fit; nan where that was not looked at.
    scores : float array, shape (candidates,)
        Logarithms: higher is better among those of equal shares.
    prints : uint64 array, shape (candidates,)
        Fingerprints.
    """

    forest: Forest
    nodes: Array
    shares: Array
    scores: Array
    prints: Array

    def __len__(self) -> int:
        """Candidates."""
        return len(self.nodes)

    def at(self, places: Array | slice) -> "Proposals":
        """Some of them, in this order.

        Parameters
        ----------
        places : int array or slice
        """
        columns = (self.nodes, self.shares, self.scores, self.prints)
        return Proposals(self.forest, *(column[places] for column in columns))

    def best_first(self) -> "Proposals":
        """The same in order of shares and scores."""
        return self.at(np.lexsort((-self.scores, -np.nan_to_num(self.shares))))


def searched(context: Context, pool: Pool, scores: Array, propose: str) -> Proposals:
    """Candidates of a pool that fit the sample points.

    Parameters
    ----------
    context : Context
    pool : Pool
    scores : float array, shape (candidates,)
        Of all of the pool.
    propose : {"inversion", "enumeration"}
    """
    search = {"inversion": by_inversion, "enumeration": by_enumeration}[propose]
    places, shares = search(context, pool)
    found = Proposals(pool.forest, pool.nodes[places], shares, scores[places], pool.prints[places])
    return found.best_first()


def ranked(pool: Pool, scores: Array) -> Proposals:
    """The `BEAM` candidates of a pool with the best scores, whatever the equation says.

    Parameters
    ----------
    pool : Pool
    scores : float array, shape (candidates,)
    """
    best = np.argsort(-scores, kind="stable")[:BEAM]
    unknown = np.full(len(best), np.nan)
    return Proposals(pool.forest, pool.nodes[best], unknown, scores[best], pool.prints[best])


def widened(found: Proposals, context: Context, pool: Pool, forest: Forest, logs: Logs) -> Proposals:
    """Proposals, functions of one or two candidates that fit as well, and last what inverse functions tell.

    Parameters
    ----------
    found : Proposals
    context : Context
    pool : Pool
    forest : Forest
        Of the equation.
    logs : callable
    """
    into = Grafter()
    simple = into.put_all(found.forest, found.nodes)
    known = into.put_all(pool.forest, pool.nodes)
    pairs = composed(context, pool)
    more = [into.build.add(code, known[one], known[two] if two >= 0 else -1) for code, one, two in pairs]
    last = solved(into, forest, (context.equality, *context.steps))
    made = into.build.forest()
    nodes = np.array([*simple, *more, last])
    shares = np.concatenate([found.shares, np.ones(len(more)), [0.0]])
    scores = np.concatenate([found.scores, logs(made, nodes[len(simple) :])])
    return Proposals(made, nodes, shares, scores, fingerprint(made)[nodes]).best_first()
