"""Equations of the programs pipeline: those that are learnt from, and those of other forms that judge."""

import zlib
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from etl.engine import Engine
from etl.equations.certificates import VERDICTS
from etl.equations.certify import certify
from etl.equations.evaluations import function_values
from etl.equations.forest import Equations
from etl.equations.generate import generate
from etl.equations.grammar import CODE
from etl.equations.read import read_equations
from etl.equations.splits import depths, distinct, split, subset
from etl.equations.states import roundings
from etl.equations.trees import anywhere
from etl.handoff import from_host
from pipelines.programs.config import Config
from pipelines.run import Run

DEMONSTRATION = 14_000
"""Equations that are generated."""
DEPTHS = {2: 1, 3: 4, 4: 4, 5: 1, 6: 1}
"""Shares of their depths; the last two only judge."""
EACH = 40
"""Values of each function in the demonstration."""
SHARE = 0.2
"""Of the equations to the depth that is learnt from: they judge."""
LEARNT = 0.75
"""Share of the equations whose depth is learnt from."""
FEWEST = 20
"""Equations that are learnt from, at least."""
TRUE = [VERDICTS.index(name) for name in ("identity", "proved")]
FALSE = [VERDICTS.index("false")]


@dataclass(frozen=True, eq=False)
class Data:
    """What is learnt from, and judged by; none is the mirror image of another.

    Attributes
    ----------
    train, test : Equations
        With labels; those that judge are of other forms, some of them deeper.
    values : Equations
        Functions by their values at points, which are learnt from, too.
    depth : int
        Greatest depth of ``train``.
    counts : dict
        For the metrics.
    """

    train: Equations
    test: Equations
    values: Equations
    depth: int
    counts: dict[str, Any]

    @property
    def key(self) -> int:
        """A sum of what is learnt from, which tells a checkpoint of other equations."""
        forest, found = self.train.forest, 0
        for held in (forest.func, forest.left, forest.right, self.train.roots, self.train.labels):
            found = zlib.crc32(held.tobytes(), found)
        return found


def load(config: Config, run: Run) -> Data:
    """Read or generate equations, certify them, and part them.

    Raises
    ------
    FileNotFoundError, ValueError
        There are no equations, or too few to learn from and to judge.
    """
    held, values = _generated(config, run) if config.data is None else _read(config, run)
    once = distinct(held)
    if mirrored := len(held) - len(once):
        run.say(f"equations: {mirrored:,} are mirror images or copies of others, and are left out")
    if config.data is not None and 0 < config.equations < len(once):
        drawn = np.random.default_rng(config.seed).permutation(len(once))[: config.equations]
        once = subset(once, np.sort(drawn))
        run.say(f"equations: {len(once):,} are taken, drawn by --seed")
    known, counts = labelled(once, config.labels, config.seed, run)
    depth = config.depth or deepest_learnt(depths(known), run)
    is_deep = depths(known) > depth
    train, test = split(subset(known, ~is_deep), SHARE, config.seed)
    _check(train, test, depth)
    test = joined(test, subset(known, is_deep))
    run.say(
        f"equations: {len(train):,} to depth {depth} are learnt from, {len(test):,} judge, "
        f"{int(is_deep.sum()):,} of them deeper; {len(values):,} values of functions"
    )
    counts |= {"equations": len(known), "learnt_from": len(train), "values": len(values)}
    return Data(train, test, values, depth, counts | {"mirrored": mirrored})


def _generated(config: Config, run: Run) -> tuple[Equations, Equations]:
    count = config.equations or DEMONSTRATION
    run.say(f"data: none was given, so {count:,} certified equations to depth {max(DEPTHS)} are generated")
    found = generate(count, config.seed, DEPTHS, log=lambda text: run.say(f"generated: {text}"))
    return found, function_values(EACH, config.seed)


def _read(config: Config, run: Run) -> tuple[Equations, Equations]:
    """Equations of a file, and those of them that tell a function's value."""
    assert config.data is not None
    found = read_equations(config.data)
    is_value = tells_value(found)
    return subset(found, ~is_value), subset(found, is_value)


def tells_value(equations: Equations) -> np.ndarray:
    """Which equations tell the value of what has no variables, as ``sin(1.25) = 0.95``, and are not false."""
    forest, roots = equations.forest, equations.roots
    rounded = roundings(forest, roots, ~anywhere(forest, forest.func == CODE["symbol"])[roots]) > 0
    sides = np.stack([forest.func[child[roots]] for child in (forest.left, forest.right)])
    found: np.ndarray = rounded & (sides == CODE["number"]).any(0) & (equations.labels != 0)
    return found


def labelled(equations: Equations, by: str, seed: int, run: Run) -> tuple[Equations, dict[str, int]]:
    """Equations with a label: the file's, where it has one and is asked for, or the certifier's.

    Parameters
    ----------
    equations : Equations
    by : {"file", "certified"}
    seed : int
        Of the certifier's points.
    run : Run
        Told what contradicts, and what is left out.

    Returns
    -------
    Equations
        Those with a label.
    dict of str to int
        ``contradicted`` by the certifier, and ``uncertain`` to it.
    """
    told, verdict = equations.labels, certify(equations, seed=seed).verdict
    certain = np.where(np.isin(verdict, TRUE), 1, np.where(np.isin(verdict, FALSE), 0, -1))
    against = np.flatnonzero((told >= 0) & (certain >= 0) & (told != certain))
    final = certain if by == "certified" else np.where(told >= 0, told, certain)
    if len(against):
        where = f", the first is {equations.places[against[0]]}" if equations.places else ""
        kept = "the file's are learnt; --labels certified takes the certifier's" * (by == "file")
        run.say(
            f"labels: {len(against):,} of {int((told >= 0).sum()):,} are contradicted by the certifier"
            f"{where}; {kept or 'its own are learnt'}"
        )
    if lost := int((final < 0).sum()):
        run.say(f"labels: {lost:,} equations have none, being neither identity nor false, and are left out")
    found = subset(replace(equations, labels=final.astype(np.int8)), final >= 0)
    return found, {"contradicted": len(against), "uncertain": int((certain < 0).sum())}


def deepest_learnt(depth: np.ndarray, run: Run) -> int:
    """The least depth to which three quarters of the equations go."""
    if not len(depth):
        return 0
    found = int(np.quantile(depth, LEARNT, method="inverted_cdf"))
    run.say(f"depth: {found}, as {LEARNT:.0%} of the equations go no deeper; --depth takes another")
    return found


def on_engine(equations: Equations, engine: Engine) -> Equations:
    """The same with its roots on the engine, which is where a network works on them."""
    return replace(equations, roots=from_host(equations.roots, engine))


def joined(one: Equations, other: Equations) -> Equations:
    """Equations of one forest, one after another."""
    roots, labels = (
        np.concatenate([getattr(each, name) for each in (one, other)]) for name in ("roots", "labels")
    )
    return Equations(one.forest, roots, labels, one.places + other.places)


def _check(train: Equations, test: Equations, depth: int) -> None:
    """Refuse too few equations, or those of one label.

    Raises
    ------
    ValueError
    """
    if len(train) < FEWEST or not len(test):
        raise ValueError(
            f"{len(train)} equations to depth {depth} are too few to learn from; give {FEWEST} at least, "
            "or a greater --depth"
        )
    if len(set(train.labels.tolist())) < 2:
        which = "hold" if train.labels[0] else "are false"
        raise ValueError(f"all equations to depth {depth} {which}; give some of both kinds")
