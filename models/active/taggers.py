"""A tagger of sentences in the loop: an item is a sentence of the pool."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Self

from etl.conll.coded import Coded
from etl.engine.types import Array, Estimator
from models.active.outputs import begins, tokens_of

if TYPE_CHECKING:  # these need PyTorch
    from models.tagger.outputs import Outputs
    from models.tagger.sentences import Sentences


class TaggerLearner:
    """A `models.tagger.estimator.TaggerEstimator` over a pool; see `models.active.protocols.Learner`.

    The first round begins with new weights.

    Parameters
    ----------
    estimator : TaggerEstimator
        Its ``epochs`` are those of a round.
    sentences : Coded or Sentences
        The pool, of arrays; their tags are not read.
    judge : callable
        ``judge(estimator)`` returns the score: F1 on held-out sentences, say.
    steps : int
        Steps that a round makes at least, by more epochs while few sentences are labelled.
    keep : bool
        Whether weights are kept from round to round, as in Shen et al. 2018, which is quick; else each round
        begins with new ones, which generalise better (Ash and Adams, "On warm-starting neural network
        training", NeurIPS 2020).

    Notes
    -----
    The estimator draws from its ``random_state``, which is set to the round's seed.
    """

    is_trained_: bool = False

    def __init__(
        self,
        estimator: Estimator,
        sentences: "Coded | Sentences",
        judge: Callable[[Estimator], float],
        *,
        steps: int = 0,
        keep: bool = True,
    ) -> None:
        self.estimator = estimator
        self.sentences = sentences
        self.judge = judge
        self.steps = steps
        self.keep = keep
        self.epochs = estimator.epochs

    def fit_more(self, items: Array, targets: Array, seed: int) -> Self:
        """Learn from sentences of the pool, with codes (tokens,) or probabilities (tokens, K)."""
        self.estimator.random_state = seed
        batches = -(-len(items) // self.estimator.batch_size)
        self.estimator.epochs = max(self.epochs, -(-self.steps // batches))
        learn = self.estimator.fit_more if self.is_trained_ and self.keep else self.estimator.fit
        learn(part(self.sentences, items, targets))
        self.is_trained_ = True
        return self

    def outputs(self, items: Array, samples: int, seed: int) -> "Outputs":
        """What the tagger says of sentences of the pool."""
        return self.estimator.outputs(part(self.sentences, items), samples=samples, seed=seed)

    def score(self) -> float:
        """What the judge says."""
        return float(self.judge(self.estimator))

    def state(self) -> bytes:
        """Weights and what else was learnt."""
        return self.estimator.state()

    def restore(self, state: bytes | None) -> Self:
        """The tagger of that state, or one that is trained from new weights next."""
        self.is_trained_ = state is not None
        if state is not None:
            self.estimator.restore(state)
        return self


def part(sentences: "Coded | Sentences", items: Array, tags: Array | None = None) -> "Coded | Sentences":
    """Some sentences, in the order given, with these tags of their tokens.

    Parameters
    ----------
    sentences : Coded or Sentences
        Of arrays.
    items : int64 array, shape (n,)
        Numbers of sentences.
    tags : array, shape (tokens,) of int, or (tokens, K) of float, optional
        Codes of tags, or their probabilities, of these sentences' tokens.
    """
    tokens = tokens_of(sentences.starts, items)
    starts = begins(sentences.starts[items + 1] - sentences.starts[items])
    words, characters = sentences.words[tokens], sentences.characters[tokens]
    return replace(sentences, words=words, characters=characters, starts=starts, tags=tags)
