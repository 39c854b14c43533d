"""Images made by class."""

import numpy as np
import pytest
import torch
from torch.nn.functional import batch_norm, one_hot

from models.rendering.diff_augment import augmented
from models.rendering.gan import ConditionalGAN
from models.rendering.gan_networks import ClassNorm, Discriminator, Generator


def halves(count: int = 64) -> tuple[torch.Tensor, torch.Tensor]:
    """Images whose upper (class 0) or lower (class 1) half is bright."""
    drawn = torch.Generator().manual_seed(0)
    y = torch.arange(count) % 2
    images = 0.1 * torch.rand(count, 1, 8, 8, generator=drawn)
    images[y == 0, :, :4] += 0.8
    images[y == 1, :, 4:] += 0.8
    return images, y


@pytest.fixture(scope="module")
def learnt() -> ConditionalGAN:
    told = {"steps": 160, "batch_size": 16, "hidden": 8, "learning_rate": 2e-3, "check": 60, "average": 0.9}
    return ConditionalGAN(**told).fit(*halves())


def test_made_images_are_of_their_class_and_differ(learnt: ConditionalGAN) -> None:
    y = torch.arange(40) % 2
    made = learnt.sample(y)
    assert made.shape == (40, 1, 8, 8)
    assert made.min() >= 0
    assert made.max() <= 1
    upper = made[:, 0, :4].mean((1, 2)) > made[:, 0, 4:].mean((1, 2))
    assert (upper == (y == 0)).float().mean() > 0.9
    assert made[y == 0].std(0).mean() > 1e-3
    assert [each["step"] for each in learnt.history_] == [60, 120, 160]
    assert all(0 <= each[name] <= 1 for each in learnt.history_ for name in ("real", "made"))


def test_seeds_tell_all_and_the_global_generator_stays(learnt: ConditionalGAN) -> None:
    X, y = halves()
    told = {"steps": 4, "batch_size": 4, "hidden": 4}
    torch.manual_seed(5)
    state = torch.get_rng_state()
    one, two = ConditionalGAN(**told).fit(X, y), ConditionalGAN(**told).fit(X, one_hot(y).double())
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(one.sample([0, 1], 3), two.sample([0, 1], 3))
    assert not torch.equal(learnt.sample([0, 1], 3), learnt.sample([0, 1], 4))


def test_unlabelled_images_are_not_learnt_from() -> None:
    X, y = halves(16)
    told = {"steps": 3, "batch_size": 4, "hidden": 4}
    more = torch.cat([X, torch.ones(5, 1, 8, 8)])
    marked = torch.cat([y, torch.full((5,), -1)])
    one, two = ConditionalGAN(**told).fit(X, y), ConditionalGAN(**told).fit(more, marked)
    assert torch.equal(one.sample([0, 1]), two.sample([0, 1]))


@pytest.mark.parametrize("sides", [(8, 8), (14, 14), (5, 7), (28, 32)])
@pytest.mark.parametrize("channels", [1, 3])
def test_any_size_and_colour(sides: tuple[int, int], channels: int) -> None:
    torch.manual_seed(0)
    made = Generator(3, channels, *sides, noise=4, hidden=4)(torch.randn(2, 4), torch.eye(3)[:2])
    assert made.shape == (2, channels, *sides)
    assert Discriminator(3, channels, 4)(made, torch.eye(3)[:2]).shape == (2,)


def test_weights_of_the_discriminator_have_norm_one() -> None:
    torch.manual_seed(0)
    network = Discriminator(3, 1, 4)
    for _ in range(60):
        network(torch.randn(2, 1, 8, 8), torch.eye(3)[:2])
    for layer in (*network.convs, network.real, network.classes):
        largest = np.linalg.svd(layer.weight.detach().flatten(1).numpy(), compute_uv=False)[0]
        assert largest == pytest.approx(1, abs=1e-2)


def test_the_score_of_a_class_is_a_projection() -> None:
    torch.manual_seed(0)
    network = Discriminator(3, 1, 4).eval()
    x = torch.randn(2, 1, 8, 8)
    scores = [network(x, torch.eye(3)[[code, code]]) for code in range(3)]
    mixed = network(x, torch.tensor([[0.5, 0.25, 0.25]] * 2))
    torch.testing.assert_close(mixed, 0.5 * scores[0] + 0.25 * scores[1] + 0.25 * scores[2])


def test_normalisation_by_class_is_that_of_each_class_with_its_scale() -> None:
    torch.manual_seed(0)
    layer, x = ClassNorm(4, 2), torch.randn(6, 4, 3, 3)
    torch.nn.init.normal_(layer.scale.weight)
    torch.nn.init.normal_(layer.shift.weight)
    codes = torch.tensor([0, 1, 1, 0, 1, 0])
    found, plain = layer(x, one_hot(codes).float()), batch_norm(x, None, None, training=True)
    for at, code in enumerate(codes):
        scale, shift = layer.scale.weight[:, code], layer.shift.weight[:, code]
        torch.testing.assert_close(found[at], plain[at] * scale[:, None, None] + shift[:, None, None])


def test_augmented_images_are_grey_where_they_are_cut_and_moved_in() -> None:
    drawn = torch.Generator().manual_seed(0)
    images = torch.ones(200, 1, 16, 16).requires_grad_()
    found = augmented(images, drawn)
    grey = (found.detach().flatten(1) == 0).float().mean(1)
    hole, moved = 8 * 8 / 16**2, 1 - (14 / 16) ** 2
    assert hole < grey.max() <= hole + moved
    found.sum().backward()
    assert images.grad is not None
    assert images.grad.isfinite().all()
    assert (images.grad != 0).any()
    assert found.detach().std(0).min() > 0, "each image has its own draw"


@pytest.mark.parametrize(
    ("told", "shape", "y", "words"),
    [
        ({"steps": 0}, (4, 1, 8, 8), [0, 1, 0, 1], "steps is 0"),
        ({"hidden": 3}, (4, 1, 8, 8), [0, 1, 0, 1], "even number"),
        ({}, (4, 1, 3, 8), [0, 1, 0, 1], r"\(3, 8\) pixels"),
        ({}, (4, 1, 8, 8), [0, 1, 0], "4 images and 3 labels"),
        ({"steps": 3, "learning_rate": float("inf")}, (4, 1, 8, 8), [0, 1, 0, 1], "not finite"),
    ],
)
def test_what_does_not_fit_is_told(told: dict, shape: tuple, y: list, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ConditionalGAN(**told).fit(torch.full(shape, 0.5), y)


def test_a_class_that_is_not_there_is_told(learnt: ConditionalGAN) -> None:
    with pytest.raises(ValueError, match="outside of the 2 classes"):
        learnt.sample([2])
