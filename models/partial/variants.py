"""Ways to spend questions: which item is asked about, and which question it gets."""

from dataclasses import dataclass
from typing import Literal

from etl.engine import array_namespace
from etl.engine.types import Array
from models.active.random_order import uniform
from models.partial.scores import Score

Order = Literal["random", "entropy", "confidence", "score"]


@dataclass(frozen=True)
class Variant:
    """A way to spend questions. Source: Hu et al. 2019, section 4.

    Attributes
    ----------
    order : {"random", "entropy", "confidence", "score"}
        Which item comes next: any; that of whose class the model is least certain; or that whose next
        question is worth most. The first three finish an item before the next.
    by_model : bool
        Whether questions are chosen by the model's probabilities, or as if classes were equally likely.
    score : {"eig", "erc", "edc"}
    """

    order: Order
    by_model: bool
    score: Score

    @property
    def asks_model(self) -> bool:
        """Whether the model must look at the pool."""
        return self.by_model or self.order in ("entropy", "confidence")

    def urgency(self, items: Array, P: Array, is_begun: Array, seed: int) -> Array | None:
        """What comes before the priority of a question, float64, shape (n,), or None.

        Parameters
        ----------
        items : int64 array, shape (n,)
            Numbers in the pool.
        P : float array, shape (n, K)
            By the model.
        is_begun : bool array, shape (n,)
            Items with answers; where items are finished one by one, they come first.
        seed : int
            Of the random order.
        """
        xp = array_namespace(items)
        if self.order == "score":
            return None
        if self.order == "random":
            urgency = uniform(items, seed)
        elif self.order == "confidence":
            urgency = 1 - P.max(axis=1).astype("float64")
        else:
            urgency = -(P * xp.log(xp.maximum(P, 1e-30))).sum(axis=1).astype("float64") / xp.log(P.shape[1])
        return urgency + 2.0 * is_begun


VARIANTS: dict[str, Variant] = {
    "uniform": Variant("random", False, "eig"),
    "al_me": Variant("entropy", False, "eig"),
    "al_lc": Variant("confidence", False, "eig"),
    "aq_eig": Variant("random", True, "eig"),
    "aq_erc": Variant("random", True, "erc"),
    "aq_edc": Variant("random", True, "edc"),
    "alpf_eig": Variant("score", True, "eig"),
    "alpf_erc": Variant("score", True, "erc"),
    "alpf_edc": Variant("score", True, "edc"),
}
"""By name. In random order ERC and EDC ask the same questions, so ``aq_erc`` and ``aq_edc`` are one."""


def variant(name: str) -> Variant:
    """A way by its name.

    Raises
    ------
    ValueError
        There is none of that name.
    """
    if name not in VARIANTS:
        raise ValueError(f"there is no variant {name!r}; take one of {', '.join(VARIANTS)}")
    return VARIANTS[name]
