"""The ratio falls after a plateau, the rate after the next, and a saved schedule goes on as it would have."""

import pytest
import torch

from models.video.curriculum import ScheduledSampling


def test_the_ratio_falls_after_a_plateau_and_the_rate_after_the_next() -> None:
    curriculum = ScheduledSampling(patience=2, step=0.4, decay=0.5, every=2)
    seen = []
    for loss in (5, 4, 4, 4, 4, 4, 3, 3, 3, 3, 3, 3, 3):
        curriculum.update(loss)
        seen.append((curriculum.phase, round(curriculum.ratio, 3), curriculum.factor))
    assert seen == [
        ("taught", 1, 1),
        ("taught", 1, 1),
        ("taught", 1, 1),
        ("falling", 0.6, 1),
        ("falling", 0.2, 1),
        ("free", 0, 1),
        ("free", 0, 1),
        ("free", 0, 1),
        ("slowing", 0, 1),
        ("slowing", 0, 1),
        ("slowing", 0, 0.5),
        ("slowing", 0, 0.5),
        ("slowing", 0, 0.25),
    ]


def test_losses_that_fall_change_nothing() -> None:
    curriculum = ScheduledSampling(patience=2)
    for loss in range(30, 0, -1):
        curriculum.update(loss)
    assert (curriculum.phase, curriculum.ratio, curriculum.factor) == ("taught", 1.0, 1.0)


def test_frames_are_chosen_one_by_one_in_the_share_asked_for() -> None:
    curriculum = ScheduledSampling(seed=3)
    assert curriculum.mask(4, 9).all()
    curriculum.ratio = 0.3
    mask = curriculum.mask(200, 50)
    assert mask.float().mean() == pytest.approx(0.3, abs=0.02)
    assert mask.float().mean(0).std() < 0.1
    assert len({tuple(row) for row in mask[:, :20].tolist()}) > 190
    curriculum.ratio = 0.0
    assert not curriculum.mask(100, 9).any()


def test_a_saved_schedule_goes_on_as_it_would_have() -> None:
    first, second = ScheduledSampling(2, 0.3, seed=1), ScheduledSampling(2, 0.3, seed=8)
    for loss in (1.0, 1.0, 1.0, 1.0):
        first.update(loss)
        first.mask(2, 3)
    second.load_state_dict(first.state_dict())
    for loss in (1.0, 1.0, 0.5):
        for each in (first, second):
            each.update(loss)
        assert torch.equal(first.mask(5, 6), second.mask(5, 6))
        assert (first.phase, first.ratio) == (second.phase, second.ratio)


@pytest.mark.parametrize("sizes", [{"patience": 0}, {"step": 0.0}, {"decay": 1.5}, {"every": 0}])
def test_a_schedule_without_end_is_refused(sizes) -> None:
    with pytest.raises(ValueError, match="a schedule has whole checks"):
        ScheduledSampling(**sizes)


def test_a_loss_that_is_no_number_is_told() -> None:
    with pytest.raises(ValueError, match="the loss of validation is nan; take a lower learning rate"):
        ScheduledSampling().update(float("nan"))
