"""Taggers that learn from every sentence of a data set, networks and the shallow one, and their F1."""

from dataclasses import replace

from etl.conll import schemes, score
from etl.conll.corpus import Corpus
from models.tagger.crf_features import ShallowCRF
from models.tagger.dataset import Dataset
from models.tagger.estimator import TaggerEstimator
from models.tagger.network import Network, estimator


def new_tagger(data: Dataset, network: Network, epochs: int, seed: int = 0) -> TaggerEstimator:
    """A tagger for a data set, which is not fitted; see `models.tagger.network.estimator`.

    Parameters
    ----------
    data : Dataset
    network : Network
    epochs : int
        Passes of a fit.
    seed : int
    """
    return estimator(data.sizes, data.names, network, vectors=data.vectors, epochs=epochs, seed=seed)


def held_f1(data: Dataset, model: TaggerEstimator) -> float:
    """F1 of spans in the sentences held out.

    Parameters
    ----------
    data : Dataset
    model : TaggerEstimator
        Fitted.
    """
    return score.span_f1(data.held.tags, model.predict(data.held), data.held.starts, data.names).f1


def shallow_f1(data: Dataset) -> float:
    """F1 of a CRF with hand-made features that learnt from every sentence of the pool.

    Raises
    ------
    ImportError
        CRFsuite is not installed.
    """
    train, test = in_iob2(data.train), in_iob2(data.test)
    model = ShallowCRF().fit(train)
    return score.span_f1(test.tags, model.predict(test), test.starts, test.names, "IOB2").f1


def in_iob2(text: Corpus) -> Corpus:
    """The same tags in IOB2, with which the shallow model is as good in half the time."""
    tags, names = schemes.convert(text.tags, text.starts, text.names, "IOB2", "BIOES")
    return replace(text, tags=tags, names=names)
