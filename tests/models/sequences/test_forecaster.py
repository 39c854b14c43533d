"""What every forecaster from windows promises, on a linear network."""

import copy
import resource

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.exceptions import NotFittedError

from models.sequences.base import half_widths
from models.sequences.forecaster import WindowForecaster
from models.statespace.forecaster import CONSTANT

RNG = np.random.default_rng(3)
TIME = np.arange(150)
Y = np.sin(2 * np.pi * TIME / 12) * np.array([[1.0], [2.0], [5.0]]) + RNG.normal(size=(3, 150)) * 0.1


class Network(torch.nn.Module):
    def __init__(self, lookback, horizon, features):
        super().__init__()
        self.past = torch.nn.Linear(lookback, horizon)
        self.known = torch.nn.Linear(features, 1)

    def forward(self, window, known):
        return self.past(torch.dropout(window[..., 0], 0.1, self.training))[..., None] + self.known(known)


class Linear(WindowForecaster):
    def _network(self, features):
        return Network(self.lookback, self.horizon, features)


class Cut(WindowForecaster):
    """Is killed in the middle of its training."""

    def _network(self, features):
        return Network(self.lookback, self.horizon, features)

    def _outputs(self, network, batch, step):
        if step == 31:
            raise KeyboardInterrupt
        return super()._outputs(network, batch, step)


Cut.__name__ = "Linear"  # whose checkpoint it writes


def learner(kind=Linear, **options):
    told = {"season": 12, "steps": 60, "check": 20, "learning_rate": 1e-2, "batch_size": 32}
    return kind(6, 24, **(told | options))


def test_a_bad_series_is_told_and_spoils_no_other():
    long = np.concatenate([Y, [np.full(150, 7.0), np.full(150, np.nan), np.full(150, np.nan)]])
    long[5, -4:] = RNG.normal(size=4)
    model, alone = learner().fit(long), learner().fit(Y)
    assert model.notes_[:4] == ["", "", "", CONSTANT]
    assert model.notes_[4] == "no value"
    assert "too short: 4 values" in model.notes_[5]
    found = model.predict()
    np.testing.assert_array_equal(found[:3], alone.predict())
    np.testing.assert_array_equal(found[3], np.full(6, 7.0))
    assert np.isnan(found[4:]).all()
    with pytest.raises(ValueError, match="no series can be learnt from"):
        learner().fit(long[3:])


def test_gaps_are_left_out_of_the_loss():
    holed = Y.copy()
    holed[:, 40:60] = np.nan
    model = learner(steps=200).fit(holed)
    assert np.isfinite(model.validation_)
    truth = np.sin(2 * np.pi * np.arange(150, 156) / 12) * [[1.0], [2.0], [5.0]]
    assert np.abs(model.predict() - truth).max() < 0.35 * 5


def test_shift_and_scale_of_the_series_go_through():
    np.testing.assert_allclose(
        learner().fit(1e6 + 1e3 * Y).predict(), 1e6 + 1e3 * learner().fit(Y).predict(), rtol=1e-6
    )


def test_a_checkpoint_that_cannot_be_written_is_named_with_its_cause(tmp_path):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500, limits[1]))
    try:
        with pytest.raises(OSError, match=r"bytes to .*state.pt \(File too large\); .*ulimit -f"):
            learner(checkpoint=tmp_path / "state.pt", steps=2, check=1).fit(Y)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not list(tmp_path.iterdir())


def test_a_killed_training_goes_on_to_the_same_weights(tmp_path):
    whole = learner().fit(Y)
    path = tmp_path / "state.pt"
    with pytest.raises(KeyboardInterrupt):
        learner(Cut, checkpoint=path).fit(Y)
    resumed = learner(checkpoint=path).fit(Y)
    for name, value in whole.network_.state_dict().items():
        assert torch.equal(value, resumed.network_.state_dict()[name])
    assert resumed.n_iter_ == whole.n_iter_ == 60
    with pytest.raises(ValueError, match="another training"):
        learner(checkpoint=path, learning_rate=1e-3).fit(Y)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(ValueError, match="damaged"):
        learner(checkpoint=path).fit(Y)


def test_the_best_state_is_kept_and_training_stops_after_it():
    model = learner(steps=2000, check=5, patience=2, learning_rate=0.3).fit(Y)
    assert "no better validation loss in 2 checks" in model.stop_reason_
    assert model.n_iter_ < 2000
    kept = copy.deepcopy(model.network_.state_dict())
    best = int(model.stop_reason_.rsplit(" ", 1)[1])
    assert best == model.n_iter_ - 10
    assert all(torch.equal(value, kept[name]) for name, value in model.network_.state_dict().items())


def test_a_loss_that_is_not_finite_says_what_to_do():
    with pytest.raises(ValueError, match="smaller learning_rate"):
        learner(learning_rate=float("inf")).fit(Y)


def test_forecasts_from_a_history_need_only_its_end():
    model = learner().fit(Y)
    whole = model.forecast(torch.tensor(Y))
    assert whole.shape == (5, 3, 6)
    end = model.forecast(torch.tensor(Y[:, -90:]), first=60)
    np.testing.assert_allclose(end[0], whole[0], atol=0.02)
    assert (whole[1] <= whole[0]).all()
    assert (whole[3] <= whole[1]).all()
    with pytest.raises(ValueError, match="24 steps or more"):
        model.forecast(torch.tensor(Y[:, -10:]))


def test_frames_give_dated_rows_with_bounds():
    dates = pd.date_range("2020-01-01", periods=150, freq="D")
    frame = pd.DataFrame(
        {"unique_id": np.repeat(["a", "b", "c"], 150), "ds": np.tile(dates, 3), "y": Y.ravel()}
    )
    found = learner().fit(frame).predict(2)
    assert list(found) == ["unique_id", "ds", "mean", "lo-80", "hi-80", "lo-95", "hi-95"]
    assert found["ds"].tolist()[:2] == [pd.Timestamp("2020-05-30"), pd.Timestamp("2020-05-31")]
    with pytest.raises(ValueError, match="h is 7"):
        learner().fit(frame).predict(7)


def test_a_covariate_that_is_the_answer_is_learnt():
    known = np.random.default_rng(0).normal(size=(1, 406, 1))
    y = known[:, :400, 0] + 0.01 * np.random.default_rng(1).normal(size=(1, 400))
    model = learner(steps=400, scaling="global", learning_rate=3e-2).fit(y, known)
    assert np.abs(model.predict() - known[:, 400:, 0]).max() < 0.2
    frame = pd.DataFrame({"unique_id": "a", "ds": np.arange(400), "y": y[0]})
    more = pd.DataFrame({"unique_id": "a", "ds": np.arange(406), "x": known[0, :, 0]})
    dated = learner(steps=400, scaling="global", learning_rate=3e-2).fit(frame, more)
    assert np.abs(dated.predict()["mean"].to_numpy() - known[0, 400:, 0]).max() < 0.2
    with pytest.raises(ValueError, match="covariates have shape"):
        learner().fit(y, known[:, :50])


def test_half_widths_are_the_conformal_rank():
    errors = np.abs(RNG.normal(size=(37, 2)))
    found = half_widths(torch.tensor(errors), (80, 95))
    for place, level in enumerate((80, 95)):
        rank = int(np.ceil(38 * level / 100))
        np.testing.assert_array_equal(found[place], np.sort(errors, axis=0)[min(rank, 37) - 1])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("steps", 0),
        ("check", 0),
        ("patience", -1),
        ("batch_size", 0),
        ("learning_rate", float("nan")),
        ("learning_rate", 0.0),
        ("season", 0),
        ("season", (12, float("nan"))),
    ],
)
def test_an_option_that_makes_no_training_is_refused_by_its_name(name, value):
    with pytest.raises(ValueError, match=f"^{name} is "):
        learner(**{name: value}).fit(Y)


def test_arrays_and_lists_and_text_do_what_tensors_and_tuples_and_paths_do(tmp_path):
    wanted = learner(season=(12, 7), steps=2, check=1).fit(Y)
    given = learner(season=[12, 7], steps=2, check=1, checkpoint=str(tmp_path / "state.pt")).fit(Y)
    assert torch.equal(given.forecast(Y), wanted.forecast(torch.tensor(Y)))
    assert (tmp_path / "state.pt").exists()


def test_what_is_not_fitted_says_so():
    with pytest.raises(NotFittedError):
        learner().predict()
    with pytest.raises(NotFittedError):
        learner().forecast(torch.tensor(Y))


def test_a_series_whose_squares_are_infinite_is_told_and_left_out():
    model = learner().fit(np.concatenate([Y, 1e200 * Y[:1]]))
    assert model.notes_[:3] == ["", "", ""]
    assert "beyond 1e+100" in model.notes_[3]
    found = model.predict()
    np.testing.assert_array_equal(found[:3], learner().fit(Y).predict())
    assert np.isnan(found[3]).all()
