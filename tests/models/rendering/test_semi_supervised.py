"""Few labels and many images without: what is learnt, what is kept, and what is refused."""

import copy
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torch import nn

from etl.records import collect
from models.rendering.averages import Averages
from models.rendering.objectives import METHODS
from models.rendering.semi_supervised import SemiSupervised

LEARNT, LABELS = 1200, 5


@cache
def digits() -> tuple[np.ndarray, np.ndarray]:
    x, y = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(y))
    return (x[order].reshape(-1, 1, 8, 8) * (255 / 16)).round().astype("uint8"), y[order]


def few(y: np.ndarray) -> np.ndarray:
    """Labels of five images of each class, and -1 of the others."""
    chosen = np.concatenate([np.flatnonzero(y == c)[:LABELS] for c in range(10)])
    return np.where(np.isin(np.arange(len(y)), chosen), y, -1)


def network(channels: int, classes: int, size: int) -> nn.Module:
    layers = nn.Conv2d(channels, 16, 3, padding=1), nn.BatchNorm2d(16), nn.LeakyReLU(0.1), nn.MaxPool2d(2)
    more = nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.LeakyReLU(0.1), nn.Dropout(0.1)
    return nn.Sequential(*layers, *more, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, classes))


def made(method: str = "nrm", **options) -> SemiSupervised:
    told = {"steps": 6, "batch_size": 8, "check": 2, **options}
    return SemiSupervised(network, method, **told)


def weights(model: SemiSupervised) -> torch.Tensor:
    return torch.cat([each.flatten().float() for each in model.network_.state_dict().values()])


def error(method: str) -> float:
    """Share of wrong classes of images that were not learnt from."""
    x, y = digits()
    told = {"steps": 200, "batch_size": 30, "check": 200, "learning_rate": 5e-3, "average": 0.9, "shift": 0}
    model = made(method, **told, random_state=1).fit(x[:LEARNT], few(y[:LEARNT]))
    return 1 - model.score(x[LEARNT:], y[LEARNT:])


def test_images_without_labels_help() -> None:
    supervised = error("supervised")
    assert error("nrm") < 0.8 * supervised
    assert supervised < 0.3


@pytest.mark.parametrize("method", METHODS)
def test_a_run_that_was_cut_off_ends_with_the_weights_of_one_that_was_not(
    method: str, tmp_path: Path
) -> None:
    x, y = digits()
    given, place = (x[:60], np.where(np.arange(60) < 30, y[:60], -1)), tmp_path / "state.pt"
    whole = made(method).fit(*given)

    def cut(averages) -> None:
        if averages.history[-1]["step"] == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        made(method).fit(*given, checkpoint=place, watch=cut)
    seen = []
    went_on = made(method).fit(*given, checkpoint=place, watch=lambda a: seen.append(a.history[-1]["step"]))
    assert seen == [4, 6]
    assert torch.equal(weights(went_on), weights(whole))
    assert went_on.history_ == whole.history_
    assert [each["step"] for each in whole.history_] == [2, 4, 6]
    with pytest.raises(ValueError, match="is the checkpoint of another training"):
        made(method).fit(x[1:61], given[1], checkpoint=place)


def test_a_checkpoint_is_of_its_images_in_whichever_order_they_are_summed(tmp_path: Path) -> None:
    torch.manual_seed(0)
    y, draws = torch.arange(40) % 2, (torch.rand(40, 3, 8, 8) ** 20 for _ in range(100))
    both = ((each, each.contiguous(memory_format=torch.channels_last)) for each in draws)
    x, laid = next((a, b) for a, b in both if a.double().sum() != b.double().sum())
    seen = []
    for images in (x, laid):
        model = made("supervised").fit(images, y, checkpoint=tmp_path / "state.pt", watch=seen.append)
    assert len(seen) == 3
    assert model.n_iter_ == 6


def test_a_seed_gives_the_same_weights_and_leaves_the_global_generator() -> None:
    x, y = digits()
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first, again, other = (made("fixmatch_nrm", random_state=seed).fit(x[:40], y[:40]) for seed in (0, 0, 1))
    assert torch.equal(weights(first), weights(again))
    assert not torch.equal(weights(first), weights(other))
    assert torch.equal(torch.get_rng_state(), before)


def test_probabilities_of_one_class_are_its_label() -> None:
    x, y = digits()
    hard = made().fit(x[:60], np.where(np.arange(60) < 50, y[:60], -1))
    posteriors = np.eye(10)[y[:60]]
    posteriors[50:] = 0
    soft = made().fit(x[:60], posteriors)
    assert torch.equal(weights(hard), weights(soft))
    assert (soft.classes_ == np.arange(10)).all()


def test_images_are_the_same_as_numbers_tensors_or_floats() -> None:
    x, y = digits()
    first = made("entropy").fit(x[:40], y[:40], x[40:80])
    tensors = [torch.from_numpy(each) for each in (x[:40], y[:40], x[40:80])]
    second = made("entropy").fit(*tensors)
    third = made("entropy").fit(x[:40] / np.float32(255), y[:40].tolist(), x[40:80])
    assert torch.equal(weights(first), weights(second))
    torch.testing.assert_close(weights(third), weights(first))
    assert isinstance(second.predict(tensors[0]), torch.Tensor)
    assert (second.predict(tensors[0]).numpy() == first.predict(x[:40])).all()


def test_without_unlabelled_images_labelled_ones_take_their_place_and_it_is_told() -> None:
    x, y = digits()
    with collect() as told:
        found = made().fit(x[:40], y[:40])
    reasons = [each.reason for each in told if hasattr(each, "reason")]
    assert any("no image is unlabelled" in each for each in reasons)
    assert torch.equal(weights(found), weights(made().fit(x[:40], y[:40], x[:40])))


def test_classes_are_those_of_the_labels() -> None:
    x, y = digits()
    names = np.array(["even", "odd"], dtype=object)[y[:40] % 2]
    names[30:] = None
    found = made("entropy").fit(x[:40], names)
    assert found.classes_.tolist() == ["even", "odd"]
    assert set(found.predict(x[:40])) <= {"even", "odd"}
    assert found.predict_proba(x[:40]).shape == (40, 2)


def test_a_saved_classifier_labels_the_same_in_the_library_that_was_given() -> None:
    x, y = digits()
    found = made("entropy").fit(x[:40], np.array(["even", "odd"])[y[:40] % 2])
    again = SemiSupervised(network).restore(found.state())
    assert (again.predict(x) == found.predict(x)).all()
    assert again.get_params() == found.get_params()
    assert (again.history_, again.n_iter_, again.shape_) == (found.history_, 6, (1, 8, 8))
    named = SemiSupervised("conv_small", "supervised", steps=1).fit(x[:40], y[:40])
    again = SemiSupervised().restore(named.state())
    tensors = again.predict(torch.from_numpy(x[:50]))
    assert isinstance(tensors, torch.Tensor)
    assert (tensors.numpy() == named.predict(x[:50])).all()
    with pytest.raises(ValueError, match=r"images are \(1, 8, 7\); it learnt from images of \(1, 8, 8\)"):
        again.predict(x[..., 1:])


def test_the_average_of_weights_is_that_of_a_loop_and_its_counts_are_the_last() -> None:
    network = nn.BatchNorm1d(2)
    averages = Averages(copy.deepcopy(network), 0.8)
    expected = 1.0
    for step in range(1, 60):
        nn.init.constant_(network.weight, step)
        network.num_batches_tracked.fill_(step)
        averages.follow(network, step)
        decay = min(0.8, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * step
    assert averages.network.weight.tolist() == pytest.approx([expected] * 2, rel=1e-5)
    assert int(averages.network.num_batches_tracked) == 59


def test_the_network_that_predicts_is_the_average() -> None:
    x, y = digits()
    last, mean = (made("supervised", average=decay).fit(x[:40], y[:40]) for decay in (0.0, 0.9))
    assert last.history_ == mean.history_
    assert not torch.equal(weights(last), weights(mean))
    assert not mean.network_.training


@pytest.mark.parametrize(
    ("x", "y", "said"),
    [
        (
            np.zeros((4, 8, 8), "uint8"),
            [0, 1, 0, 1],
            r"channels, height, width\), not \(4, 8, 8\)",
        ),
        (np.zeros((0, 1, 8, 8), "uint8"), [], r"not \(0, 1, 8, 8\)"),
        (
            [np.zeros((1, 8, 8)), np.zeros((1, 8, 7))],
            [0, 1],
            r"image 0 has \(1, 8, 8\), image 1 has",
        ),
        (np.full((4, 1, 8, 8), 7.0), [0, 1, 0, 1], "values from 7 to 7; give floats from 0 to 1"),
        (np.full((4, 1, 8, 8), np.nan), [0, 1, 0, 1], "values from nan to nan"),
        (np.zeros((4, 1, 8, 8), "int32"), [0, 1, 0, 1], "images are of torch.int32"),
        (np.zeros((4, 1, 8, 8), "uint8"), [0, 1], "there are 4 images and 2 labels"),
        (np.zeros((4, 1, 8, 8), "uint8"), [3, 3, -1, 3], "all labels are 3; a classifier takes"),
        (np.zeros((4, 1, 8, 8), "uint8"), [-1, None, -1, -1], "no image is labelled"),
        (np.zeros((4, 1, 8, 8), "uint8"), np.eye(4)[[0, 1, 3, 3]], "class 2 of 4 has no label"),
        (np.zeros((4, 1, 8, 8), "uint8"), np.full((4, 2), 0.4), "sum to neither 1 nor 0"),
    ],
)
def test_what_does_not_fit_is_refused(x, y, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        made().fit(x, y)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"batch_size": 0}, "batch_size is 0; it is at least 1"),
        ({"ratio": 0}, "ratio is 0"),
        ({"steps": 0}, "steps is 0"),
        ({"threshold": 2.0}, "threshold is 2.0; it is from 0 to 1"),
        ({"average": -1.0}, "average is -1.0"),
        ({"optimizer": "lion"}, "optimizer is 'lion'; there are adam, sgd"),
        ({"shift": 8}, "shift is 8; images have 8 x 8 pixels"),
        ({"layout": "last"}, "layout is 'last'"),
        ({"learning_rate": 1e30}, "take a smaller learning_rate"),
    ],
)
def test_parameters_that_do_not_fit_are_refused(options: dict, said: str) -> None:
    x, y = digits()
    with pytest.raises(ValueError, match=said):
        made(**options).fit(x[:40], y[:40])


def test_unlabelled_images_of_another_size_are_refused() -> None:
    x, y = digits()
    with pytest.raises(ValueError, match=r"labelled images are \(1, 8, 8\), unlabelled ones \(1, 7, 8\)"):
        made().fit(x[:40], y[:40], x[:40, :, 1:])
