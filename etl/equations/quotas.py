"""Quotas: how many equations of each depth are still to be made, and which depths have no more."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Final

import numpy as np

CHUNK: Final = 60_000
"""Pairs that are grown from the axioms in one builder, which bounds the memory."""
_PARENTS: Final = 300
"""Pairs of a depth of which none are wanted: deeper ones grow from them."""
_SPARE: Final = 1.1
_SOME: Final = 20
"""A little more is grown than lacks, as some will be there already."""
_FEW: Final = 0.05
"""A depth that gives no more than this part of what is asked of it is exhausted."""


@dataclass
class Quotas:
    """Equations by depth: asked, held, and lacking.

    Parameters
    ----------
    count : int
        Equations.
    shares : mapping of int to float
        By depth; their sum does not matter.
    side : float
        Share of identities or of false equations, whichever is larger: pairs needed an equation.
    """

    count: int
    shares: Mapping[int, float]
    side: float
    held: Counter[int] = field(default_factory=Counter)
    _exhausted: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        total = sum(self.shares.values())
        ends = np.rint(self.count * np.cumsum([0, *self.shares.values()]) / total).astype(int)
        self.quota = dict(zip(self.shares, np.diff(ends).tolist(), strict=True))
        self._asked: dict[int, int] = {}

    def wanted(self) -> dict[int, int]:
        """Pairs that lack, by depth."""
        lacking = {depth: ceil(self.quota[depth] * self.side) - self.held[depth] for depth in self.quota}
        return {
            depth: pairs for depth, pairs in lacking.items() if pairs > 0 and depth not in self._exhausted
        }

    def chunk(self) -> dict[int, int]:
        """Pairs to grow next, by depth; a few of the depths on the way, too."""
        wanted = self.wanted()
        most = CHUNK // len(wanted)
        self._asked = {depth: min(int(_SPARE * pairs) + _SOME, most) for depth, pairs in wanted.items()}
        return dict.fromkeys(range(2, max(wanted)), _PARENTS) | self._asked

    def took(self, new: Mapping[int, int], log: Callable[[str], None]) -> None:
        """Count new pairs by depth; what exhausted depths lack is asked of the others.

        Parameters
        ----------
        new : mapping of int to int
        log : callable
            Told of each depth that is exhausted.
        """
        for depth, asked in self._asked.items():
            self.held[depth] += new.get(depth, 0)
            if new.get(depth, 0) <= _FEW * asked:
                self._give_up(depth, log)

    def _give_up(self, depth: int, log: Callable[[str], None]) -> None:
        self._exhausted.add(depth)
        lacking = max(0, self.quota[depth] - int(self.held[depth] / self.side))
        self.quota[depth] -= lacking
        others = [other for other in self.quota if other not in self._exhausted]
        for place, other in enumerate(others):
            self.quota[other] += lacking // len(others) + (place < lacking % len(others))
        where = f"depths {', '.join(map(str, others))} give them" if others else "no depth can give them"
        log(f"depth {depth} has {self.quota[depth]:,} equations, {lacking:,} fewer than asked: {where}")
