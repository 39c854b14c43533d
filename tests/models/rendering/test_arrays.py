"""Images and labels may lie with any engine, and what is found lies with the images."""

import numpy as np
import pytest
import torch
from torch import nn

from etl.engine import Engine, choose, engine_of
from etl.handoff import from_host, to_host
from etl.records import Bridge, Choice, collect, of_kind
from models.rendering.batches import chosen
from models.rendering.gan import ConditionalGAN
from models.rendering.images import targets
from models.rendering.semi_supervised import SemiSupervised

TIMES = np.array([0.1, 0.9], "float32")[:, None, None, None]
X = (np.random.default_rng(0).random((12, 1, 8, 8), "float32") * np.tile(TIMES, (6, 1, 1, 1))).clip(0, 1)
Y = np.tile(np.array([7, 9]), 6)


def network(channels: int, classes: int, size: int) -> nn.Module:
    return nn.Sequential(nn.Conv2d(channels, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, classes))


def learnt(engine: Engine) -> SemiSupervised:
    model = SemiSupervised(network, "supervised", steps=30, check=30, batch_size=12, learning_rate=0.01)
    return model.fit(from_host(X, engine), from_host(np.where(np.arange(12) < 10, Y, -1), engine))


def test_classes_lie_where_the_images_do(engine: Engine) -> None:
    model = learnt(engine)
    for images in (from_host(X, engine), list(from_host(X, engine))):
        P, found = model.predict_proba(images), model.predict(images)
        assert engine_of(P).name == engine_of(found).name == engine.name
        np.testing.assert_array_equal(to_host(found), Y)
        np.testing.assert_array_equal(to_host(P).argmax(1), Y // 9)


@pytest.mark.parametrize("images", [X, torch.from_numpy(X)], ids=["numpy", "torch"])
def test_who_learnt_on_one_device_names_images_of_another(images, engine: Engine) -> None:
    found = learnt(engine).predict(images)
    assert type(found) is type(images)
    np.testing.assert_array_equal(np.asarray(found), Y)


def test_a_saved_classifier_names_images_of_either_device(engine: Engine) -> None:
    first = learnt(engine)
    with collect() as entries:
        model = SemiSupervised(network).restore(first.state())
    told = [each.copies for each in of_kind(entries, Bridge) if (each.source, each.bytes) == ("cupy", 16)]
    assert told == (["host"] if engine.name == "gpu" else [])
    for other in (choose("cpu"), engine):
        found = model.predict(from_host(X, other))
        assert engine_of(found).name == other.name
        np.testing.assert_array_equal(to_host(found), Y)


def test_classes_that_are_tensors_name_images_that_are_arrays(engine: Engine) -> None:
    model = learnt(engine)
    model.classes_ = torch.tensor([7, 9])
    found = model.predict(from_host(X, engine))
    assert engine_of(found).name == engine.name
    np.testing.assert_array_equal(to_host(found), Y)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int64", "float32"])
def test_a_class_of_255_is_a_class(dtype: str, engine: Engine) -> None:
    y = np.where(Y == 7, 255, 0).astype(dtype)
    given = [from_host(y, engine)] + ([] if dtype == "uint16" else [torch.from_numpy(y)])
    for labels in given:
        known, shares, classes = targets(labels, torch.from_numpy(X))
        assert known.all()
        assert [float(each) for each in classes] == [0, 255]
        np.testing.assert_array_equal(shares.argmax(1).numpy(force=True), Y == 7)


def test_a_layout_that_was_not_measured_on_a_device_is_told_so() -> None:
    for device, is_known in (("cpu", True), ("meta", False)):
        with collect() as entries:
            chosen(torch.empty(1, 1, 8, 8, device=device))
        (told,) = of_kind(entries, Choice)
        assert ("not measured" not in told.reason) == is_known


def test_places_to_make_images_of_lie_anywhere(engine: Engine) -> None:
    model = ConditionalGAN(steps=1, batch_size=4, noise=4, hidden=4)
    model.fit(from_host(X, engine), from_host(Y, engine))
    wanted = model.sample([0, 1, 1])
    for places in (from_host(np.array([0, 1, 1]), engine), torch.tensor([0, 1, 1])):
        torch.testing.assert_close(model.sample(places), wanted)
