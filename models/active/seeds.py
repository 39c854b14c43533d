"""Seeds of what is random in a round: from the run's seed and the round, not from what went before."""

from typing import Literal

import numpy as np

from etl.hashing import mix

Use = Literal["choose", "sample", "train", "ask"]
_USES: tuple[Use, ...] = ("choose", "sample", "train", "ask")


def round_seed(seed: int, number: int, use: Use) -> int:
    """A seed from 0 to 2**31 - 1.

    Parameters
    ----------
    seed : int
        Of the run.
    number : int
        Of the round, from 0.
    use : {"choose", "sample", "train", "ask"}
        What is drawn: each use has seeds of its own.

    Examples
    --------
    >>> round_seed(0, 3, "train") == round_seed(0, 3, "train") != round_seed(0, 4, "train")
    True
    """
    drawn = mix(np.array([number * len(_USES) + _USES.index(use)]), seed)
    return int(drawn[0] >> np.uint64(33))
