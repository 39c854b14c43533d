"""Networks in the loop: dropout as votes, and a tagger of sentences that is taken up again."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is an extra")
# ruff: noqa: E402 - what follows imports it

from etl.labelling.query_log import QueryLog
from models.active.acquisition import acquisition
from models.active.classifiers import ClassifierLearner
from models.active.loop import ActiveLearner
from models.active.oracles import Gold
from models.active.outputs import read
from models.active.stops import Stop
from models.active.taggers import TaggerLearner, part
from models.tagger.estimator import TaggerEstimator
from models.tagger.sentences import Sentences
from models.tagger.tagger import tagger
from models.torch_classifier import TorchClassifier
from tests.models.active.active_runs import ITEMS, Killed, problem, told


def network(shape: tuple[int, ...], classes: int):
    layers = (
        torch.nn.Linear(shape[0], 32),
        torch.nn.ReLU(),
        torch.nn.Dropout(0.5),
        torch.nn.Linear(32, classes),
    )
    return torch.nn.Sequential(*layers)


def test_dropout_passes_vote_near_the_boundary_and_repeat_by_seed() -> None:
    X, y = problem()
    model = TorchClassifier(network, lr=0.05, epochs=10, batch_size=32)
    learner = ClassifierLearner(model, X[:ITEMS], X[ITEMS:], y[ITEMS:], classes=3).restore(None)
    learner.fit_more(np.arange(200), y[:200], seed=1)
    state, items = torch.random.get_rng_state(), np.arange(ITEMS)
    found = learner.outputs(items, 40, seed=2)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert found.samples.tolist() == learner.outputs(items, 40, seed=2).samples.tolist()
    assert found.samples.tolist() != learner.outputs(items, 40, seed=3).samples.tolist()
    scores = acquisition("bald").score(found)
    sure = found.distributions.max(axis=1)
    assert scores[sure > 0.99].mean() < 0.05 < 0.2 < scores[sure < 0.6].mean()
    assert learner.score() > 0.7
    again = ClassifierLearner(model, X[:ITEMS], X[ITEMS:], y[ITEMS:], classes=3).restore(learner.state())
    assert again.score() == learner.score()


def text() -> tuple[Sentences, np.ndarray]:
    rng = np.random.default_rng(0)
    starts = np.concatenate([[0], rng.integers(2, 7, 60).cumsum()])
    words = rng.integers(1, 12, starts[-1])
    return Sentences(words, words[:, None], starts), words % 3


def judge(estimator: TaggerEstimator) -> float:
    sentences, tags = text()
    return float((estimator.predict(sentences) == tags).mean())


def tagged(folder: Path, name: str, fails: int | None = None) -> ActiveLearner:
    sentences, tags = text()
    small = partial(tagger, 12, 12, 3, encoder_options={"filters": 8}, decoder="linear")
    learner = TaggerLearner(TaggerEstimator(small, lr=0.05, epochs=1), sentences, judge)
    scores = []

    def score() -> float:
        scores.append(TaggerLearner.score(learner))
        if len(scores) == fails:
            raise Killed
        return scores[-1]

    learner.score = score
    loop = ActiveLearner(
        learner,
        acquisition(name, samples=5),
        Gold(tags, sentences.starts),
        start=30,
        budget=20,
        stop=Stop(rounds=3),
        run_log=QueryLog(folder),
    )
    return loop.run(np.diff(sentences.starts))


@pytest.mark.parametrize("name", ["mnlp", "bald"])
def test_a_tagger_is_taken_up_where_it_was(name: str, tmp_path: Path) -> None:
    whole = tagged(tmp_path / "whole", name)
    assert whole.curve_[-1]["score"] > whole.curve_[0]["score"]
    for fails in (1, 3):
        with pytest.raises(Killed):
            tagged(tmp_path / str(fails), name, fails)
        assert told(tagged(tmp_path / str(fails), name)) == told(whole)


def test_part_of_the_pool_has_its_words() -> None:
    sentences, _ = text()
    items = np.array([5, 1])
    found = part(sentences, items, None)
    expected = [sentences.words[sentences.starts[i] : sentences.starts[i + 1]].tolist() for i in items]
    spans = zip(found.starts[:-1], found.starts[1:], strict=True)
    assert [found.words[a:b].tolist() for a, b in spans] == expected
    assert read(found).items.tolist() == [0, 1]


def test_new_weights_forget_earlier_rounds_and_kept_ones_do_not() -> None:
    sentences, tags = text()
    small = partial(tagger, 12, 12, 3, encoder_options={"filters": 8}, decoder="linear")
    few, all_ = np.arange(5), np.arange(len(sentences.starts) - 1)
    found = {}
    for keep in (True, False):
        for rounds in (1, 2):
            learner = TaggerLearner(TaggerEstimator(small, lr=0.05, epochs=1), sentences, judge, keep=keep)
            if rounds == 2:
                learner.fit_more(few, tags[: sentences.starts[5]], seed=1)
            learner.fit_more(all_, tags, seed=2)
            found[keep, rounds] = learner.outputs(all_, 0, 0).log_probs
    np.testing.assert_array_equal(found[False, 1], found[False, 2])
    assert (found[True, 1] != found[True, 2]).any()


def test_few_sentences_are_seen_in_more_epochs() -> None:
    sentences, tags = text()
    small = partial(tagger, 12, 12, 3, encoder_options={"filters": 8}, decoder="linear")
    estimator = TaggerEstimator(small, lr=0.05, epochs=2, batch_size=4)
    learner = TaggerLearner(estimator, sentences, judge, steps=10)
    for items, epochs in ((4, 10), (9, 4), (40, 2)):
        learner.fit_more(np.arange(items), tags[: sentences.starts[items]], seed=0)
        assert estimator.n_iter_ == epochs
