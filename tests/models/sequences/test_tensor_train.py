"""Recurrent forecasters: they learn, they go on where they were cut off, and say what is wrong."""

import numpy as np
import pytest
import torch
from sklearn.base import clone

from models.sequences.sampling import Sampling
from models.sequences.tensor_train import LSTMForecaster, MLSTMForecaster, TTLSTMForecaster, TTRNNForecaster
from models.statespace.forecaster import CONSTANT

RNG = np.random.default_rng(0)
TIME = np.arange(160)
SCALES = np.array([[1.0], [2.0], [5.0]])
Y = SCALES * (np.sin(2 * np.pi * TIME / 17) + RNG.normal(size=(3, 160)) * 0.05)
TO_COME = SCALES * np.sin(2 * np.pi * np.arange(160, 168) / 17)


def learner(kind=TTLSTMForecaster, **options):
    told = {"hidden": 6, "steps": 60, "check": 20, "learning_rate": 2e-2, "batch_size": 32}
    return kind(8, 20, **told | options)


@pytest.mark.parametrize(
    ("kind", "head"),
    [
        (LSTMForecaster, "point"),
        (MLSTMForecaster, "point"),
        (TTLSTMForecaster, "quantile"),
        (TTRNNForecaster, "gaussian"),
    ],
)
def test_they_learn_a_wave(kind, head):
    model = learner(kind, head=head, steps=100).fit(Y)
    mean, lower, upper = model.forecast(torch.as_tensor(Y))[:3]
    assert (np.abs(mean.numpy() - TO_COME) / SCALES).mean() < 0.25
    assert ((lower < mean) & (mean < upper)).all()
    count = sum(each.numel() for each in model.network_.parameters())
    assert count == model.recurrence().parameters(0, model.network_.output.out_features)


class Cut(TTLSTMForecaster):
    """Is killed in the middle of its training."""

    def _outputs(self, network, batch, step):
        if step == 31:
            raise KeyboardInterrupt
        return super()._outputs(network, batch, step)


Cut.__name__ = "TTLSTMForecaster"  # whose checkpoint it writes


def test_a_training_that_was_killed_goes_on_to_the_same_weights(tmp_path):
    told = {"sampling": Sampling("linear", 40), "hidden": 4, "patience": 0}
    unbroken = learner(**told).fit(Y)
    path = tmp_path / "training.pt"
    with pytest.raises(KeyboardInterrupt):
        learner(Cut, checkpoint=path, **told).fit(Y)
    resumed = learner(checkpoint=path, **told).fit(Y)
    for name, weight in unbroken.network_.state_dict().items():
        assert weight.equal(resumed.network_.state_dict()[name]), name
    with pytest.raises(ValueError, match="checkpoint of another training"):
        learner(checkpoint=path, **told | {"rank": 2}).fit(Y)


def test_truth_in_training_changes_what_is_learnt_and_not_how_it_is_forecast():
    free, taught = learner().fit(Y), learner(sampling=Sampling("none")).fit(Y)
    assert not np.allclose(free.predict(), taught.predict())
    assert np.isfinite(taught.predict()).all()


def test_parameters_are_those_of_all_signatures():
    model = TTLSTMForecaster(8, 20, order=3, lags=2, hidden=7, season=12, head="gaussian")
    told = model.get_params()
    assert {"order", "rank", "lags", "hidden", "layers", "head", "sampling", "season", "steps"} <= set(told)
    assert clone(model).get_params() == told
    assert model.set_params(rank=2, steps=5).recurrence().rank == 2
    with pytest.raises(TypeError, match="ranks"):
        TTLSTMForecaster(8, 20, ranks=3)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"order": 0}, "order is 0"),
        ({"hidden": 0}, "hidden is 0"),
        ({"layers": 0}, "layers is 0"),
        ({"head": "median"}, "head is 'median'"),
        ({"levels": (0,), "head": "quantile"}, "between 0 and 100"),
    ],
)
def test_sizes_and_heads_that_there_are_not_are_refused(given, told):
    with pytest.raises(ValueError, match=told) as error:
        learner(**given).fit(Y)
    assert "\n" not in str(error.value)


def test_gaps_and_constant_series_spoil_no_other():
    holed = np.concatenate([Y, np.full((1, 160), 4.0), np.full((1, 160), np.nan)])
    holed[0, 50:60] = np.nan
    model = learner(steps=20).fit(holed)
    found = model.predict()
    assert model.notes_[3:] == [CONSTANT, "no value"]
    assert np.isfinite(found[:3]).all()
    assert (found[3] == 4).all()
    assert np.isnan(found[4]).all()
