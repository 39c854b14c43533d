"""gensim: online variational Bayes in passes, on one thread, with the prior of each topic learnt."""

from dataclasses import dataclass
from typing import Any

from gensim.matutils import Sparse2Corpus
from gensim.models import LdaModel

from benchmarks.topics.peers import meter as topics_meter
from benchmarks.topics.peers.meter import Meter, Row, digest  # noqa: F401


@dataclass
class EachPass:
    """What gensim calls after each pass."""

    meter: Meter
    stops: list[int]
    done: int = 0
    logger: str = "none"

    def get_value(self, model: LdaModel, **_: Any) -> int:
        """Read the clock where this is a stop."""
        self.done += 1
        if self.done in self.stops:
            self.meter.read(self.done)
            self.meter.keep(model.get_topics())
        return self.done


def load(data: str) -> Sparse2Corpus:
    """Counts as gensim reads them."""
    return Sparse2Corpus(topics_meter.load(data), documents_columns=False)


def run(data: Sparse2Corpus, threads: int, k: int, stops: list[int], seed: int, out: str) -> list[Row]:
    """Read the cost and the topics after so many passes."""
    meter = Meter(out)
    words = {word: str(word) for word in range(data.sparse.shape[0])}
    LdaModel(
        data,
        num_topics=k,
        id2word=words,
        passes=max(stops),
        alpha="auto",
        eval_every=None,
        random_state=seed,
        callbacks=[EachPass(meter, stops)],
    )
    return meter.rows
