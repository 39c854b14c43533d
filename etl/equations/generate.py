"""A corpus of certified equations of any size: identities grown from axioms, and false ones like them."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from etl.equations.axioms import AXIOMS
from etl.equations.certificates import VERDICTS
from etl.equations.certify import DOUBLE, certify
from etl.equations.corrupt import CORRUPTIONS
from etl.equations.derive import OPERATIONS
from etl.equations.fingerprint import keys
from etl.equations.forest import Equations
from etl.equations.growth import Growth, Pair
from etl.equations.merge import merge, restrict
from etl.equations.quotas import Quotas
from etl.equations.splits import depths as depths_of
from etl.equations.splits import subset

_FIRST, _FASTER = 100, 4
"""Pairs of each depth in the first round, and how much larger each next one is."""
_FEW: Final = 0.02
"""A round that gives no more than this part of what is asked of it is the last one."""


_OPEN: Final = 10
_OPEN_SHARE: Final = 0.005
"""Pairs of a round that are evaluated in more digits than doubles, which takes a hundred times as long."""


@dataclass
class _Part:
    """Pairs of one builder that are certified so far."""

    growth: Growth
    seed: int
    pairs: dict[int, list[Pair]] = field(default_factory=dict)
    dropped: Counter[str] = field(default_factory=Counter)

    def certified(self, pairs: list[Pair]) -> None:
        """Keep those whose identity is one and whose corruption is false; identities are grown further."""
        node = self.growth.build.node
        sides = [side for pair in pairs for side in (pair.true.sides, pair.false)]
        equations = restrict(self.growth.build.equations([node("equality", *each) for each in sides]))
        verdicts = _verdicts(equations, self.seed)
        identity, false = VERDICTS.index("identity"), VERDICTS.index("false")
        for pair, (true, corrupted) in zip(pairs, verdicts, strict=True):
            if true == identity:
                self.growth.keep(pair.true)
            if true == identity and corrupted == false:
                self.pairs.setdefault(self.growth.height(pair.true.sides), []).append(pair)
                continue
            self.growth.undo(pair)
            self.dropped["identity is " + VERDICTS[true]] += true != identity
            self.dropped["corruption is " + VERDICTS[corrupted]] += true == identity

    def equations(self, first: int) -> Equations:
        """Identities and false equations in turn, each written one way round or the other.

        Parameters
        ----------
        first : int
            Number of the first pair.
        """
        node, draw = self.growth.build.node, self.growth.draw
        roots, places = [], []
        for pair in (each for height in sorted(self.pairs) for each in self.pairs[height]):
            for sides in (pair.true.sides, pair.false):
                roots.append(node("equality", *(sides if draw.random() < 0.5 else sides[::-1])))
            places += [_origin(pair), f"{_origin(pair)}, corrupted: {CORRUPTIONS[pair.corruption]}"]
        made = self.growth.build.equations(roots, [1, 0] * (len(roots) // 2))
        numbers = np.repeat(first + np.arange(len(roots) // 2, dtype=np.int32), 2)
        return restrict(Equations(made.forest, made.roots, made.labels, tuple(places), pairs=numbers))


def _origin(pair: Pair) -> str:
    axiom = AXIOMS[pair.true.axiom] if pair.true.axiom >= 0 else "x=x"
    return f"{axiom}, {pair.true.steps} steps, last {OPERATIONS[pair.operation]}"


def _verdicts(equations: Equations, seed: int) -> list[list[int]]:
    """Of identities and corruptions in turn: by doubles, and by more digits for some that are left open."""
    found = certify(equations, seed=seed, digits=DOUBLE).verdict.reshape(-1, 2)
    undecided = np.flatnonzero((found == VERDICTS.index("undecided")).any(1))
    undecided = undecided[: max(_OPEN, int(_OPEN_SHARE * len(found)))]
    both = (2 * undecided[:, None] + [0, 1]).ravel()
    found[undecided] = certify(subset(equations, both), seed=seed).verdict.reshape(-1, 2)
    return found.tolist()


def _grow(seed: int, wanted: Mapping[int, int], highest: int, axioms_to: int, again: bool) -> _Part:
    """Pairs of one builder, in rounds whose identities are the parents of the next."""
    part = _Part(Growth(seed, highest, axioms_to), seed)
    axioms = part.growth.axioms()
    if not again:
        part.certified(axioms)
    size, more = _FIRST, True
    while more:
        held = Counter({height: len(pairs) for height, pairs in part.pairs.items()})
        lacking = Counter({height: min(size, wanted[height] - held[height]) for height in wanted})
        lacking = +lacking
        pairs = part.growth.grown(lacking)
        if pairs:
            part.certified(pairs)
        size *= _FASTER
        more = len(pairs) > _FEW * sum(lacking.values())
    return part


def generate(
    count: int,
    seed: int = 0,
    depths: tuple[int, int] | Mapping[int, float] = (1, 8),
    negatives: float = 0.5,
    axioms_to: int = 8,
    log: Callable[[str], None] = print,
) -> Equations:
    """Equations of known truth, each certified, no two mirror images or commuted copies of each other.

    Identities come from `axioms.AXIOMS` by rewriting of subtrees, wrapping and joining of sides, and
    substitution of variables; each false equation is an identity of which one place is changed, of the same
    depth, and all together have as many of each function and leaf as the identities. What `certify` does not
    find to be an identity, or false, is dropped.

    Parameters
    ----------
    count : int
        Equations. Fewer come only if all depths asked for are exhausted.
    seed : int
        Same seed, same equations.
    depths : (int, int) or mapping of int to float
        Lowest and highest depth, all of equal share, or the share of each depth. Depth is the height of the
        equality: 1 for ``x = x``. A depth that has fewer equations gives what it has; the others fill up.
    negatives : float
        Share of false equations at each depth.
    axioms_to : int
        Depth of the highest axiom that is used. With 3, deeper equations are made of what equations of depth
        3 can teach, so that a network that learnt these may know them; by default they need new facts, too.
    log : callable
        Told what was dropped, and which depths were exhausted.

    Returns
    -------
    Equations
        In random order. ``places`` tells of each the axiom, the number of steps from it, the last operation,
        and the corruption.

    Raises
    ------
    ValueError
        For no equations, depths below 1, or a share outside of 0 and 1.
    """
    shares = (
        dict(depths) if isinstance(depths, Mapping) else dict.fromkeys(range(depths[0], depths[1] + 1), 1.0)
    )
    _check(count, shares, negatives)
    quotas = Quotas(count, shares, max(negatives, 1 - negatives))
    parts: list[Equations] = []
    seen = np.zeros(0, np.uint64)
    dropped: Counter[str] = Counter()
    while quotas.wanted():
        part = _grow(_seed(seed, len(parts)), quotas.chunk(), max(shares), axioms_to, again=bool(parts))
        dropped += part.dropped
        new, seen = _unseen(part.equations(sum(map(len, parts))), seen)
        parts.append(new)
        quotas.took(Counter(depths_of(new)[::2].tolist()), log)
    log("pairs dropped: " + ", ".join(f"{times:,} as the {why}" for why, times in dropped.most_common()))
    return _shared_out(merge(parts), quotas.quota, negatives, seed)


def _seed(*numbers: int) -> int:
    return int(np.random.SeedSequence(numbers).generate_state(1)[0])


def _unseen(equations: Equations, seen: np.ndarray) -> tuple[Equations, np.ndarray]:
    """Pairs of which both equations are new, and fingerprints of all so far."""
    found = keys(equations)
    new = np.repeat(~np.isin(found, seen).reshape(-1, 2).any(1), 2)
    return restrict(subset(equations, new)), np.concatenate([seen, found[new]])


def _shared_out(pairs: Equations, quota: Mapping[int, int], negatives: float, seed: int) -> Equations:
    """As many of each depth and truth as planned, in random order."""
    depth, draw = depths_of(pairs), np.random.default_rng(seed)
    chosen = []
    for each, number in quota.items():
        false = round(number * negatives)
        for label, wanted in ((0, false), (1, number - false)):
            these = np.flatnonzero((depth == each) & (pairs.labels == label))
            chosen.append(these[:wanted])
    return restrict(subset(pairs, draw.permutation(np.concatenate(chosen))))


def _check(count: int, shares: dict[int, float], negatives: float) -> None:
    if count < 2:
        raise ValueError(f"count is {count}; ask for 2 equations or more")
    if not shares or min(shares) < 1 or min(shares.values()) <= 0:
        raise ValueError(f"depths are {shares}; ask for depths of 1 and more, each with a share above 0")
    if not 0 < negatives < 1:
        raise ValueError(f"negatives is {negatives}; take a share between 0 and 1")
