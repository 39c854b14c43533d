"""The tagger as an estimator: it learns, goes on learning, repeats itself, and says what it knows."""

import os
import platform
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from etl.records import Choice, collect, of_kind
from models.tagger import precision, training
from models.tagger.estimator import TaggerEstimator
from models.tagger.sentences import Sentences
from tests.models.tagger.made import ABOVE, BELOW, RULE, TAGS, WORDS, f1, sentences, small

TRAIN, TEST = sentences(300), sentences(60, seed=1)
ROOT = Path(__file__).parents[3]
FIELDS = ("tags", "token_log_probs", "log_probs", "distributions", "embeddings", "samples")


def quick(encoder="cnn", decoder="crf", epochs=3, **options):
    return TaggerEstimator(small(encoder, decoder), epochs=epochs, **options)


@pytest.fixture(scope="module")
def fitted():
    return quick(epochs=8).fit(TRAIN)


@pytest.mark.parametrize("decoder", ABOVE)
def test_it_learns_names(decoder):
    model = quick(decoder=decoder, epochs=18).fit(TRAIN)

    assert f1(model.predict(TEST), TEST) > 0.95
    assert model.history_[-1] < 0.2 * model.history_[0]
    assert len(model.history_) == model.n_iter_ == 18
    assert model.stop_reason_ == "all epochs (18) were made"


def test_adam_learns_names():
    model = quick(optimizer="adam", lr=0.005, epochs=8).fit(TRAIN)

    assert f1(model.predict(TEST), TEST) > 0.9


def test_rate_falls_in_a_line_to_zero_over_the_steps_of_a_fit():
    weight = torch.zeros(1, requires_grad=True)
    step = torch.optim.SGD([weight], lr=0.5)
    schedule, rates = training.falling(step, 5), []
    for _ in range(6):
        rates.append(step.param_groups[0]["lr"])
        step.step()
        schedule.step()
    assert rates == pytest.approx([0.5, 0.4, 0.3, 0.2, 0.1, 0.0])


@pytest.mark.parametrize("decay", [True, False])
def test_with_decay_the_last_steps_change_little(decay):
    seen = []
    quick(epochs=6, decay=decay).fit(TRAIN, watch=lambda model: seen.append(flat(model)) or len(seen))
    moved = [float((after - before).norm()) for before, after in pairwise(seen)]
    assert (moved[-1] < 0.35 * moved[1]) == decay


def flat(model):
    return torch.cat([part.detach().ravel().clone() for part in model.module_.parameters()])


def test_transformer_learns_names():
    model = quick("transformer", epochs=18).fit(sentences(400))

    assert f1(model.predict(TEST), TEST) > 0.9


def test_global_generator_is_left_as_it_was():
    torch.manual_seed(5)
    before = torch.get_rng_state()
    model = quick(epochs=1).fit(TEST)
    model.outputs(TEST, samples=1)
    clone(model).restore(model.state())

    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("encoder", BELOW)
def test_same_seed_same_result(encoder):
    one, two, other = (quick(encoder, epochs=2, random_state=seed).fit(TEST) for seed in (0, 0, 1))

    assert one.history_ == two.history_ != other.history_
    found, again = one.outputs(TEST, samples=2), two.outputs(TEST, samples=2)
    for name in FIELDS:
        np.testing.assert_array_equal(getattr(found, name), getattr(again, name))


def test_second_fit_starts_where_the_first_ended():
    model = quick(epochs=6).fit(TRAIN)
    first = list(model.history_)
    model.set_params(epochs=2).fit_more(sentences(300, seed=7))

    assert model.history_[:6] == first
    assert model.history_[6] < 0.5 * first[0]
    assert (model.n_iter_, model.rounds_, len(model.history_)) == (2, 2, 8)


def test_each_fit_has_random_numbers_of_its_own():
    model = quick(epochs=1, lr=0.0).fit(TEST)
    weights = model.state()
    model.fit_more(TEST).fit_more(TEST)

    assert len(set(model.history_)) == 3
    np.testing.assert_allclose(model.history_, model.history_[0], rtol=0.2)
    np.testing.assert_array_equal(clone(model).restore(weights).predict(TEST), model.predict(TEST))


def test_mean_over_tokens_is_a_smaller_step():
    one = Sentences(*(getattr(TEST, name)[:5] for name in ("words", "characters")), np.array([0, 5]))
    one = replace(one, tags=TEST.tags[:5])
    options = {"momentum": 0.0, "clip": 1e9}
    tokens = quick(average="token", lr=0.05, **options).fit(one)
    whole = quick(average="sentence", lr=0.01, **options).fit(one)

    np.testing.assert_allclose(tokens.history_, whole.history_, rtol=1e-4)


@torch.no_grad()
def weights(model):
    return torch.cat([part.flatten() for part in model.module_.parameters()])


@pytest.mark.parametrize("clip", [0.01, 0.05])
def test_gradients_are_clipped(clip):
    moved, still = (quick(epochs=1, batch_size=100, clip=clip, lr=lr).fit(TEST) for lr in (1.0, 0.0))

    assert float((weights(moved) - weights(still)).norm()) == pytest.approx(clip, rel=1e-3)


def test_saved_state_is_the_same_model(fitted):
    again = clone(fitted).restore(fitted.state())

    np.testing.assert_array_equal(again.predict(TEST), fitted.predict(TEST))
    assert (again.history_, again.rounds_) == (fitted.history_, fitted.rounds_)
    one, two = (clone(fitted).restore(fitted.state()).fit_more(TEST) for _ in range(2))
    assert one.history_ == two.history_


def test_certain_soft_labels_are_hard_labels():
    soft = replace(TEST, tags=np.eye(len(TAGS), dtype="float32")[TEST.tags])

    np.testing.assert_allclose(quick().fit(soft).history_, quick().fit(TEST).history_, rtol=1e-4)


def test_outputs_lie_in_the_order_of_the_pool(fitted):
    found = fitted.outputs(TEST, samples=3)
    tokens, count = len(TEST.words), len(TEST.starts) - 1

    assert found.distributions.shape == (tokens, len(TAGS))
    assert found.samples.shape == (3, tokens)
    np.testing.assert_array_equal(found.tags, fitted.predict(TEST))
    sums = np.add.reduceat(found.token_log_probs, TEST.starts[:-1])
    np.testing.assert_allclose(found.log_probs, sums, atol=1e-4)
    for row in range(0, count, 7):
        a, b = TEST.starts[row : row + 2]
        alone = fitted.outputs(Sentences(TEST.words[a:b], TEST.characters[a:b], np.array([0, b - a])))
        np.testing.assert_array_equal(alone.tags, found.tags[a:b])
        np.testing.assert_allclose(alone.log_probs[0], found.log_probs[row], atol=1e-4)
        np.testing.assert_allclose(alone.embeddings[0], found.embeddings[row], atol=1e-4)
        np.testing.assert_allclose(alone.distributions, found.distributions[a:b], atol=1e-4)


def test_size_of_decoding_batches_does_not_matter(fitted):
    one, two = fitted.outputs(TEST), clone(fitted).set_params(decode_tokens=30)
    two = two.restore(fitted.state()).outputs(TEST)

    np.testing.assert_array_equal(one.tags, two.tags)
    np.testing.assert_allclose(one.log_probs, two.log_probs, atol=1e-4)


def test_samples_are_seeded_and_differ():
    model = quick(epochs=3).fit(TRAIN)
    one, two = model.outputs(TEST, samples=4), model.outputs(TEST, samples=4)
    other = model.outputs(TEST, samples=4, seed=3)

    np.testing.assert_array_equal(one.samples, two.samples)
    assert (one.samples != other.samples).any()
    assert all((one.samples[0] != sample).any() for sample in one.samples[1:])
    np.testing.assert_array_equal(one.tags, other.tags)


def test_tensors_in_tensors_out(fitted):
    given = Sentences(*(torch.from_numpy(getattr(TEST, name)) for name in ("words", "characters", "starts")))

    assert isinstance(fitted.predict(given), torch.Tensor)
    np.testing.assert_array_equal(fitted.predict(given), fitted.predict(TEST))
    assert isinstance(fitted.outputs(given).log_probs, torch.Tensor)


@pytest.mark.filterwarnings("ignore:mixed=True computes in float32")
@pytest.mark.parametrize("decoder", ABOVE)
def test_half_precision_learns_as_well(decoder):
    whole, mixed = (quick(decoder=decoder, epochs=3, mixed=mixed).fit(TEST) for mixed in (False, True))

    np.testing.assert_allclose(mixed.history_, whole.history_, rtol=0.05)
    assert (mixed.history_ != whole.history_) == (mixed.precision_ == "bfloat16")
    assert mixed.precision_ == "bfloat16" or decoder == "lstm"
    assert mixed.outputs(TEST).distributions.dtype == np.float32


def test_processor_without_lstm_in_bfloat16_computes_it_in_float32_and_says_so(monkeypatch):
    monkeypatch.setattr(precision, "_lstm_failure", lambda: "this processor has none")
    whole = quick(decoder="lstm", epochs=2).fit(TEST)
    model = quick(decoder="lstm", epochs=2, mixed=True)
    with collect() as records, pytest.warns(UserWarning, match="mixed=True computes in float32, as this pro"):
        model.fit(TEST)

    assert model.history_ == whole.history_
    assert model.precision_ == "float32, as this processor has none"
    assert [entry.reason for entry in of_kind(records, Choice)] == [
        "tagger: mixed=True computes in float32, as this processor has none"
    ]
    np.testing.assert_array_equal(model.outputs(TEST).log_probs, whole.outputs(TEST).log_probs)
    model.fit_more(TEST)  # it has been said


def test_mixed_lstm_is_fitted_on_a_processor_with_avx2_alone():
    source = (
        "from tests.models.tagger.test_estimator import TEST, quick\n"
        "print(quick(decoder='lstm', epochs=1, mixed=True).fit(TEST).precision_)"
    )
    limits = {"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2"}
    done = subprocess.run(
        [sys.executable, "-c", source], env=os.environ | limits, cwd=ROOT, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr
    says = done.stdout.startswith("float32, as this processor (AVX2) has no LSTM in bfloat16: could not")
    assert says or platform.machine() not in ("x86_64", "AMD64")
    assert says == ("mixed=True computes in float32" in done.stderr)


def test_best_watched_weights_are_kept():
    scores, seen = iter([0.1, 0.7, 0.3, 0.2, 0.9]), []

    def watch(model):
        seen.append(model.predict(TEST))
        return next(scores)

    model = quick(epochs=5, patience=2).fit(TEST, watch=watch)

    assert model.watched_ == [0.1, 0.7, 0.3, 0.2]
    assert model.stop_reason_ == "no better score in 2 epochs after epoch 2"
    assert any((one != seen[1]).any() for one in seen)
    np.testing.assert_array_equal(model.predict(TEST), seen[1])


def test_legal_tagger_refuses_broken_tags():
    tags = TEST.tags.copy()
    tags[TEST.starts[4]] = TAGS.index("E-P")

    with pytest.raises(ValueError, match=rf"token {TEST.starts[4]} \(sentence 4\) has a tag"):
        TaggerEstimator(small(rule=RULE), epochs=1).fit(replace(TEST, tags=tags))
    TaggerEstimator(small(rule=RULE), epochs=1).fit(TEST)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tags": None}, "the sentences have no tags"),
        ({"tags": TEST.tags + 5}, "the network has 9, from 0"),
        ({"tags": np.ones((len(TEST.words), 3), "float32")}, "tags have 3 columns"),
        ({"words": TEST.words + WORDS}, "a code of words is"),
    ],
)
def test_what_it_cannot_learn_from_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        quick().fit(replace(TEST, **change))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epochs": 0}, "epochs is 0"),
        ({"average": "batch"}, "average is 'batch'"),
        ({"patience": 3}, "patience is 3; it must be 0 where nothing is watched"),
    ],
)
def test_parameters_out_of_range_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        TaggerEstimator(small(), **options).fit(TEST)


def test_loss_that_is_no_number_is_an_error():
    with pytest.raises(FloatingPointError, match="lower lr"):
        quick(lr=1e30).fit(TEST)


def test_unfitted_tagger_says_so():
    with pytest.raises(NotFittedError):
        quick().predict(TEST)
