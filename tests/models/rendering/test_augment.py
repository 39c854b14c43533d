"""Views are what they say, image by image, and the same for the same generator."""

import math

import numpy as np
import torch
from scipy import ndimage

from models.rendering.augment import OPERATIONS, Views, affine, cut, flipped, lit, moved, strengths


def images(n: int = 5, channels: int = 2, h: int = 9, w: int = 7) -> torch.Tensor:
    return torch.rand(n, channels, h, w, generator=torch.Generator().manual_seed(3))


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_an_image_is_moved_as_by_a_mirrored_border() -> None:
    x, down, right = images(), torch.tensor([0, 3, -3, 2, -1]), torch.tensor([0, -2, 1, 3, -3])
    found = moved(x, down, right)
    for each, one, d, r in zip(found, x.numpy(), down.tolist(), right.tolist(), strict=True):
        wide = np.pad(one, ((0, 0), (4, 4), (4, 4)), mode="reflect")
        assert np.array_equal(each.numpy(), wide[:, 4 - d : 13 - d, 4 - r : 11 - r])


def test_only_those_that_are_asked_for_are_mirrored() -> None:
    x = images()
    found = flipped(x, torch.tensor([True, False, True, False, False]))
    assert torch.equal(found[[0, 2]], x[[0, 2]].flip(3))
    assert torch.equal(found[[1, 3, 4]], x[[1, 3, 4]])


def test_a_turn_is_that_of_scipy_inside_and_none_leaves_all() -> None:
    x, none = images(2, 1, 15, 15), torch.zeros(2)
    torch.testing.assert_close(affine(x, *[none] * 6), x)
    found = affine(x, torch.tensor([1.0, -0.5]), *[none] * 5)
    for each, one, degrees in zip(found, x, (30, -15), strict=True):
        turned = ndimage.rotate(one[0].numpy(), degrees, reshape=False, order=1, mode="nearest")
        inside = (slice(4, 11), slice(4, 11))
        assert np.abs(each[0].numpy()[inside] - turned[inside]).max() < 1e-5


def test_a_move_and_a_scale_of_a_slope_are_exact() -> None:
    slope = torch.arange(16.0).expand(1, 1, 16, 16)
    none, one = torch.zeros(1), torch.ones(1)
    right = affine(slope, none, none, none, none, one, none)
    torch.testing.assert_close(right[..., 2:], slope[..., 2:] - 2)
    scaled = affine(slope, none, one, none, none, none, none)
    expected = 7.5 + (slope - 7.5) / math.exp(0.3)
    torch.testing.assert_close(scaled, expected)
    sheared = affine(slope, none, none, one, none, none, none)
    rows = 0.3 * (torch.arange(16.0) - 7.5)[:, None]
    torch.testing.assert_close(sheared[0, 0, :, 4:12], (slope[0, 0] + rows)[:, 4:12])


def test_light_and_contrast_are_those_of_each_image() -> None:
    x = images(2)
    found = lit(x, torch.tensor([1.0, 0.0]), torch.tensor([0.0, -1.0]))
    torch.testing.assert_close(found[0], x[0] * math.exp(0.6))
    mean = x[1].mean()
    torch.testing.assert_close(found[1], mean + (x[1] - mean) * math.exp(-0.6))


def test_a_hole_is_a_square_of_the_mean_and_is_cut_at_the_border() -> None:
    x = images(2, 1, 10, 10)
    found = cut(x, torch.tensor([[0.0, -1.0], [0.0, -1.0]]), 0.4)
    changed = (found != x)[:, 0]
    assert changed.sum((1, 2)).tolist() == [16, 4]
    assert changed[0, 3:7, 3:7].all()
    assert changed[1, :2, :2].all()
    torch.testing.assert_close(found[0, 0, 4, 4], x[0].mean())


def test_each_image_has_two_operations_of_its_own() -> None:
    found = strengths(torch.empty(400, 1), generator())
    assert ((found != 0).sum(1) == 2).all()
    assert found.abs().max() <= 1
    counts = (found != 0).sum(0) / 800
    assert (counts - 1 / len(OPERATIONS)).abs().max() < 0.05


def test_views_follow_from_the_generator_and_differ_by_image() -> None:
    x, views = images(1).expand(30, -1, -1, -1), Views(shift=2, flip=True)
    for view in (views.weak, views.strong):
        found = view(x, generator())
        assert torch.equal(found, view(x, generator()))
        assert not torch.equal(found, view(x, generator(1)))
        assert len({each.numpy().tobytes() for each in found}) > 10
        assert (found.min() >= 0, found.max() <= 1, found.shape == x.shape) == (True,) * 3


def test_no_shift_and_no_flip_leave_images_as_they_are() -> None:
    x = images()
    assert Views().weak(x, generator()) is x
