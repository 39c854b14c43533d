"""Errors are those of loops over windows and of scikit-image, and units convert."""

import itertools

import numpy as np
import pytest
import torch

from models.video.metrics import CONVENTIONS, black, converted, copy_last, mse, ssim

SETTINGS = {
    "range 1": {"data_range": 1.0},
    "range 2": {"data_range": 2.0},
    "gaussian": {"data_range": 1.0, "gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False},
}


def frames(seed: int, *shape: int) -> torch.Tensor:
    rng = np.random.default_rng(seed)
    return torch.as_tensor(rng.random(shape) * (rng.random(shape) < 0.6), dtype=torch.float32)


A, B = frames(0, 2, 3, 2, 13, 16), frames(1, 2, 3, 2, 13, 16)


def by_windows(x: np.ndarray, y: np.ndarray, convention: str) -> float:
    """SSIM of one frame of one channel, a window at a time."""
    side = 11 if convention == "gaussian" else 7
    places = np.arange(side) - side // 2
    bell = np.exp(-0.5 * (places / 1.5) ** 2)
    line = bell / bell.sum() if convention == "gaussian" else np.full(side, 1 / side)
    weights, wide = np.outer(line, line), 2 if convention == "range 2" else 1
    ratio = 1 if convention == "gaussian" else 49 / 48
    found = []
    for row, column in itertools.product(range(x.shape[0] - side + 1), range(x.shape[1] - side + 1)):
        a, b = (each[row : row + side, column : column + side] for each in (x, y))
        ma, mb = (weights * a).sum(), (weights * b).sum()
        va, vb = ratio * (weights * (a - ma) ** 2).sum(), ratio * (weights * (b - mb) ** 2).sum()
        both = ratio * (weights * (a - ma) * (b - mb)).sum()
        c1, c2 = (0.01 * wide) ** 2, (0.03 * wide) ** 2
        found.append((2 * ma * mb + c1) * (2 * both + c2) / ((ma**2 + mb**2 + c1) * (va + vb + c2)))
    return float(np.mean(found))


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_similarity_is_that_of_a_loop_over_windows(convention: str) -> None:
    found = ssim(A, B, convention)
    for clip, frame in np.ndindex(2, 3):
        pairs = [(A[clip, frame, c].double().numpy(), B[clip, frame, c].double().numpy()) for c in (0, 1)]
        expected = np.mean([by_windows(*pair, convention) for pair in pairs])
        assert float(found[clip, frame]) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_similarity_is_scikit_images(convention: str) -> None:
    metrics = pytest.importorskip("skimage.metrics")
    x, y = A[0, 0, 0].double().numpy(), B[0, 0, 0].double().numpy()
    expected = metrics.structural_similarity(x, y, **SETTINGS[convention])
    found = float(ssim(A[0, 0, :1], B[0, 0, :1], convention))
    assert found == pytest.approx(expected, abs=1e-12)


def test_errors_convert_exactly() -> None:
    pixels = 2 * 13 * 16
    whole, milli, one = (mse(A, B, unit) for unit in ("frame", "milli", "pixel"))
    torch.testing.assert_close(whole, (A.double() - B.double()).square().sum((-3, -2, -1)))
    torch.testing.assert_close(converted(milli, "milli", "frame", pixels), whole, rtol=1e-15, atol=0)
    torch.testing.assert_close(one * 1000, milli, rtol=1e-15, atol=0)
    assert [round(converted(each, "milli", "frame", 4096), 1) for each in (18.17, 12.96)] == [74.4, 53.1]


def test_bytes_are_read_as_parts_of_255() -> None:
    bytes_ = (255 * A).round().to(torch.uint8)
    whole = bytes_.float() / 255
    torch.testing.assert_close(mse(bytes_, B), mse(whole, B), rtol=1e-6, atol=0)
    torch.testing.assert_close(ssim(bytes_, B), ssim(whole, B), rtol=1e-6, atol=0)


def test_of_equal_frames_nothing_is_wrong_and_half_precision_is_no_matter() -> None:
    for convention in CONVENTIONS:
        torch.testing.assert_close(ssim(A, A, convention), torch.ones(2, 3, dtype=torch.float64))
        near = ssim(A, B.bfloat16(), convention) - ssim(A, B.bfloat16().float(), convention)
        assert near.abs().max() == 0


def test_baselines_are_black_and_the_last_frame() -> None:
    assert black(A, 4).shape == copy_last(A, 4).shape == (2, 4, 2, 13, 16)
    torch.testing.assert_close(mse(A, black(A, 3)), A.double().square().sum((-3, -2, -1)))
    assert (copy_last(A, 4) == A[:, 2:]).all()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: ssim(A[..., :6], B[..., :6]), r"windows of 7 x 7, and frames are \(13, 6\)"),
        (lambda: ssim(A, B, "range 3"), "there is no convention 'range 3'; take one of range 1"),
        (lambda: mse(A, B[:, :2]), r"frames of one shape .* got \(2, 3, 2, 13, 16\) and \(2, 2"),
        (lambda: mse(A, B, "db"), "there is no unit 'db'"),
    ],
)
def test_what_cannot_be_compared_is_refused(call, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        call()
