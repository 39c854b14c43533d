"""The loop: buy the questions of a round, take the answers, learn from the candidates, and go on."""

from dataclasses import dataclass, field
from typing import Any, Protocol

from etl.engine import array_namespace
from etl.engine.types import Array, Estimator
from models.active.seeds import round_seed
from models.partial.beliefs import Belief
from models.partial.calibrate import temperature, tempered
from models.partial.chains import Chains
from models.partial.question_queue import select_within_budget
from models.partial.variants import Variant

Row = dict[str, Any]


class Model(Protocol):
    """What learns from candidates."""

    def fit_more(self, items: Array, candidates: Array, seed: int) -> object:
        """Learn from all items with answers.

        Parameters
        ----------
        items : int64 array, shape (n,)
        candidates : float32 array, shape (n, K)
            See `models.partial.beliefs.Belief.targets`.
        seed : int
        """
        ...

    def proba(self, items: Array) -> Array:
        """Probability of each class of these items, int64 (n,); float, shape (n, K)."""
        ...

    def score(self) -> float:
        """Accuracy on held-out items."""
        ...


@dataclass(frozen=True)
class Classifier:
    """An estimator over rows as a `Model`.

    Attributes
    ----------
    estimator : PartialClassifier or PartialEM
    X, X_test : matrix
    y_test : int array
    """

    estimator: Estimator
    X: Array
    X_test: Array
    y_test: Array

    def fit_more(self, items: Array, candidates: Array, seed: int) -> None:
        """See `Model`."""
        if "random_state" in self.estimator.get_params(deep=False):
            self.estimator.set_params(random_state=seed)
        self.estimator.fit(self.X[items], candidates)

    def proba(self, items: Array) -> Array:
        """See `Model`."""
        return self.estimator.predict_proba(self.X[items])

    def score(self) -> float:
        """See `Model`."""
        return float((self.estimator.predict(self.X_test) == self.y_test).mean())


@dataclass
class PartialLearner:
    """Rounds of questions by cost. Source: Hu et al. 2019, algorithm 1; tempering is ours.

    Round 0 asks about items at random by questions that halve the candidates. Each later round asks by the
    variant, within a round's model, and then learns from all items that have answers.

    Attributes
    ----------
    model : Model
    belief : Belief
    variant : Variant
    start, budget : float
        Cost of round 0, and of each round after.
    most : float
        Cost at which it ends, even if items are open.
    seed : int
    calibrated : bool
        Temper the model's probabilities as the answers of the last round tell; see `calibrate`. An
        overconfident model otherwise asks about one unlikely class after another. The paper does not.
    temperature_ : float
    curve_ : list of dict
        ``round, cost, questions, finished, remaining, score`` after each round: items with one class, and
        mean candidates an item.
    log_ : list of dict of arrays
        Of each round ``item, question, yes, priority``, in the order of the queue.
    cost_ : float
    """

    model: Model
    belief: Belief
    variant: Variant
    start: float
    budget: float
    most: float = float("inf")
    seed: int = 0
    calibrated: bool = True
    temperature_: float = field(default=1.0, init=False)
    curve_: list[Row] = field(default_factory=list, init=False)
    log_: list[dict[str, Array]] = field(default_factory=list, init=False)
    cost_: float = field(default=0.0, init=False)

    def run(self, items: int) -> "PartialLearner":
        """Ask about a pool of so many items until all are settled or the money is spent.

        Raises
        ------
        ValueError
            ``start`` or ``budget`` pays for no question.
        """
        self._is_begun = array_namespace(self.belief.asked.matrix).zeros(items, dtype=bool)
        while len(self.belief.open()) and self.cost_ < self.most and self.round(len(self.curve_)):
            pass
        return self

    def round(self, number: int) -> bool:
        """Buy, ask, learn and judge once; False where what is left of ``most`` pays for no question.

        Raises
        ------
        ValueError
            ``start`` or ``budget`` pays for no question.
        """
        items = self.belief.open()
        bought, price = self._buy(items, number), self.belief.asked.costs
        if not len(bought):
            return self._is_spent(self.budget if number else self.start)
        owner = items[bought.item]
        yes = self._learn(items, bought)
        self._is_begun[owner] = True
        self.cost_ += float(price[bought.question].sum())
        self.log_.append(
            {"item": owner, "question": bought.question, "yes": yes, "priority": bought.priority}
        )
        begun = array_namespace(items).flatnonzero(self._is_begun)
        self.model.fit_more(begun, self.belief.targets(begun), round_seed(self.seed, number, "train"))
        self.curve_.append(self._point(number))
        return True

    def _learn(self, items: Array, bought: Chains) -> Array:
        """Take the answers, and see by them how far the model's probabilities could be trusted."""
        if not self.calibrated or self._seen is None:
            return self.belief.learn(items, bought)
        new = array_namespace(items).unique(bought.item)
        before = self.belief.targets(items[new])
        yes = self.belief.learn(items, bought)
        self.temperature_ = temperature(self._seen[new], before, self.belief.targets(items[new]))
        return yes

    def _is_spent(self, budget: float) -> bool:
        if self.most - self.cost_ < budget:
            return False
        raise ValueError(
            f"a round's budget of {budget:g} pays for no question; they cost "
            f"{float(self.belief.asked.costs.min()):g} to {float(self.belief.asked.costs.max()):g}: raise it"
        )

    def _buy(self, items: Array, number: int) -> Chains:
        xp, classes = array_namespace(items), len(self.belief.asked.classes)
        variant = self.variant if number else Variant("random", False, "eig")
        money = min(self.budget if number else self.start, self.most - self.cost_)
        flat = xp.full((len(items), classes), 1 / classes, dtype="float32")
        P = self.model.proba(items) if number and variant.asks_model else flat
        self._seen = P if number and variant.by_model else None
        prior = tempered(P, self.temperature_) if variant.by_model else flat
        first = variant.urgency(items, P, self._is_begun[items], self.seed)
        chains = self.belief.chains(items, prior, variant.score, money if first is None else float("inf"))
        return select_within_budget(chains, self.belief.asked.costs, money, first)

    def _point(self, number: int) -> Row:
        count = len(self._is_begun)
        xp = array_namespace(self._is_begun)
        targets = self.belief.targets(xp.arange(count))
        return {
            "round": number,
            "cost": self.cost_,
            "questions": sum(len(entry["item"]) for entry in self.log_),
            "finished": count - len(self.belief.open()),
            "remaining": float(targets.sum(axis=1).mean()),
            "score": self.model.score(),
        }
