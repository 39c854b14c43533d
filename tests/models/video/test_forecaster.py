"""Forecasters learn what moves, go on after a kill as if there was none, and refuse clips that do not fit."""

from pathlib import Path

import numpy as np
import pytest
import torch

from models.video.clips import Stretches
from models.video.forecaster import VideoForecaster
from models.video.metrics import black, copy_last, mse
from models.video.network import NetworkSettings

SMALL = NetworkSettings(hidden=(4, 4), layers=1, kernel=3, order=2, steps=2, rank=2, skip_stride=1)
NAN = np.full((3, 5, 8, 8), np.nan)


def rows(n: int, frames: int = 5) -> np.ndarray:
    """A white row that goes a pixel down each frame, and begins anew above."""
    clips = np.zeros((n, frames, 8, 8), "uint8")
    for clip, at in np.ndindex(n, frames):
        clips[clip, at, (clip * 3 + at) % 8] = 255
    return clips


def made(**options) -> VideoForecaster:
    told = {"settings": SMALL, "frames_in": 3, "frames_out": 2, "steps": 6, "batch_size": 2, "check": 2}
    return VideoForecaster(**{**told, **options})


class Numbered:
    """A source that is cut off at a step."""

    def __init__(self, end: int = 1000) -> None:
        self.end = end

    def clips(self, numbers: range) -> torch.Tensor:
        if numbers.start >= 2 * self.end:
            raise KeyboardInterrupt
        return torch.as_tensor(rows(8)[[number % 7 for number in numbers]])[:, :, None] / 255


def weights(forecaster: VideoForecaster) -> torch.Tensor:
    return torch.cat([each.detach().flatten() for each in forecaster.network_.parameters()])


def test_what_moves_is_learnt() -> None:
    clips = rows(10)
    found = made(steps=80, learning_rate=0.03, batch_size=4, check=40).fit(clips)
    seen, truth = torch.as_tensor(clips[:, :3])[:, :, None], torch.as_tensor(clips[:, 3:])[:, :, None]
    own = float(mse(truth, found.predict(seen)).mean())
    assert own < 0.5 * float(mse(truth, black(seen, 2)).mean())
    assert own < 0.5 * float(mse(truth, copy_last(seen, 2)).mean())
    assert found.losses_[-1] < found.losses_[0]
    assert found.parted_ == "validated on the last 2 of 10 clips"


def test_a_run_that_was_cut_off_ends_with_the_weights_of_one_that_was_not(tmp_path: Path) -> None:
    place, held = tmp_path / "state.pt", rows(3)
    options = {"steps": 9, "plateau": 1, "fall": 0.3, "learning_rate": 0.2, "cosine": False}
    whole = made(**options).fit(Numbered(), held)
    with pytest.raises(KeyboardInterrupt):
        made(**options, checkpoint=place).fit(Numbered(5), held)
    went_on = made(**options, checkpoint=place).fit(Numbered(), held)
    assert torch.equal(weights(went_on), weights(whole))
    assert went_on.losses_ == whole.losses_
    assert len(whole.losses_) == 5
    with pytest.raises(ValueError, match="is the checkpoint of another training"):
        made(**options, checkpoint=place).fit(Numbered(), held[:2])


def test_the_best_state_is_kept_and_not_the_last() -> None:
    found = made(steps=4, learning_rate=0.5, cosine=False).fit(rows(6), validation=rows(3))
    truth, again = rows(3)[:, 3:, None] / 255, found.predict(rows(3)[:, :3, None])
    kept = ((truth - again) ** 2).sum((2, 3, 4)).mean()
    assert found.validation_ == min(found.losses_) == pytest.approx(kept, rel=1e-6)
    assert min(found.losses_) < found.losses_[-1]


def test_a_seed_gives_the_same_weights_and_leaves_the_global_generator() -> None:
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first, second, other = (made(random_state=seed).fit(rows(6)) for seed in (0, 0, 1))
    assert torch.equal(weights(first), weights(second))
    assert not torch.equal(weights(first), weights(other))
    assert torch.equal(torch.get_rng_state(), before)


def test_a_saved_forecaster_predicts_the_same_in_the_library_that_was_given() -> None:
    found = made().fit(rows(6))
    again = VideoForecaster().restore(found.state())
    clips = rows(2)[:, :3]
    expected = found.predict(clips, 4)
    assert isinstance(expected, np.ndarray)
    assert expected.shape == (2, 4, 8, 8)
    assert (again.predict(torch.as_tensor(clips)[:, :, None], 4)[:, :, 0].numpy() == expected).all()
    assert again.get_params() == found.get_params()
    assert (again.validation_, again.n_iter_) == (found.validation_, 6)


def test_half_precision_and_less_memory_learn_nearly_the_same() -> None:
    exact = made().fit(rows(6))
    less = made(recompute=True).fit(rows(6))
    half = made(bfloat16=True).fit(rows(6))
    torch.testing.assert_close(weights(less), weights(exact))
    assert 0 < (weights(half) - weights(exact)).abs().max() < 0.05
    assert next(half.network_.parameters()).dtype == torch.float32


def test_every_stretch_is_given_once_before_any_comes_again() -> None:
    held = torch.arange(12).reshape(3, 4, 1, 1, 1).to(torch.uint8)
    stretches = Stretches(held, 2, seed=4)
    found = torch.cat([stretches.clips(range(at, at + 3))[:, 0].flatten() for at in range(0, 18, 3)])
    first, second = (255 * found).round().reshape(2, 9).tolist()
    assert sorted(first) == sorted(second) == [0, 1, 2, 4, 5, 6, 8, 9, 10]
    assert first != second
    assert torch.equal(Stretches(held, 2, seed=4).clips(range(7, 12)), stretches.clips(range(7, 12)))


@pytest.mark.parametrize(
    ("clips", "said"),
    [
        (np.zeros((3, 8, 8)), r"clips have a shape .* got \(3, 8, 8\)"),
        (np.zeros((0, 5, 8, 8)), r"of at least one each; got \(0, 5, 1, 8, 8\)"),
        (np.zeros((3, 0, 8, 8)), r"got \(3, 0, 1, 8, 8\)"),
        ([], "there is no clip"),
        (
            [rows(1)[0], rows(1)[0, :, :7]],
            r"clips differ in shape: clip 0 has \(5, 8, 8\), clip 1 has \(5, 7, 8\)",
        ),
        (rows(3, 4), "clips have 4 frames, and frames_in . frames_out is 5; give longer clips"),
        (rows(3, 1), "clips have 1 frames"),
        (rows(1, 9), "one clip of 9 frames is too short for training and validation, which take 10"),
        (rows(3).astype("float32"), "values from 0 to 255; give floats from 0 to 1"),
        (rows(3) / 255 - 0.1, "values from -0.1 to 0.9"),
        (NAN, "values from nan to nan; give floats from 0 to 1 without NaN"),
        (rows(3).astype("int32"), "clips are of torch.int32; give uint8"),
        (np.zeros((3, 5, 8, 8, 3)), "have their channels last; move them to axis 2"),
        (np.zeros((3, 5, 3, 8, 8)), "have 3 channels, and the network takes 1"),
        (Numbered(), "clips by their numbers have no last ones; give clips as validation"),
    ],
)
def test_clips_that_do_not_fit_are_refused(clips, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        made().fit(clips)


def test_numbers_of_less_than_one_are_refused() -> None:
    for name in ("frames_in", "frames_out", "steps", "batch_size", "check"):
        with pytest.raises(ValueError, match=f"{name} is 0; it is at least 1"):
            made(**{name: 0}).fit(rows(6))
    with pytest.raises(ValueError, match="asked: 3 and 0"):
        made().fit(rows(6)).predict(rows(2)[:, :3], 0)


def test_constant_clips_are_learnt() -> None:
    found = made().fit(np.zeros((4, 5, 8, 8), "uint8"))
    assert np.isfinite(found.predict(np.zeros((1, 1, 8, 8), "uint8"))).all()
