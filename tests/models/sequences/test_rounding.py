"""Ranks fall to what the weight has, nothing else changes, and training goes on."""

import numpy as np
import pytest
import torch

from models.sequences.cell import Cell
from models.sequences.rounding import Rounding, round_cores
from models.sequences.tensor_train import TTLSTMForecaster
from models.tensors.operations import tt_to_tensor

Y = np.sin(2 * np.pi * np.arange(140) / 17) * np.array([[1.0], [3.0]])
Y += np.random.default_rng(0).normal(size=Y.shape) * 0.05


def redundant(order):
    """A cell of rank 5 whose weight has rank 2, up to noise of one in a million."""
    torch.manual_seed(0)
    small, large = (Cell(2, 3, order=order, lags=2, rank=rank, dtype=torch.float64) for rank in (2, 5))
    with torch.no_grad():
        for core, wide in zip(small.cores, large.cores, strict=True):
            core.normal_()
            wide.normal_(0, 1e-6)
            wide[: core.shape[0], :, : core.shape[2]] += core
    return large


def whole(cell):
    *before, last = cell.cores
    return tt_to_tensor([*before, last.flatten(1)[..., None]]).flatten()


@pytest.mark.parametrize("order", [2, 3, 4])
def test_ranks_fall_to_those_of_the_weight_which_stays(order):
    cell = redundant(order)
    x = torch.randn(3, 6, 2, dtype=torch.float64)
    before, weight = cell(x)[0], whole(cell)
    assert round_cores(cell, 1 - 1e-8)
    assert cell.ranks == [2] * (order - 1)
    torch.testing.assert_close(whole(cell), weight, rtol=0, atol=1e-4)
    torch.testing.assert_close(cell(x)[0], before, rtol=0, atol=1e-4)


@pytest.mark.parametrize("energy", [0.5, 0.9, 0.99])
def test_the_energy_that_is_asked_for_is_kept(energy):
    torch.manual_seed(1)
    cell = Cell(2, 4, order=3, lags=2, rank=6, dtype=torch.float64)
    weight = whole(cell).detach()
    round_cores(cell, energy)
    lost = (whole(cell) - weight).square().sum() / weight.square().sum()
    assert lost <= 1 - energy


def test_where_no_rank_falls_not_a_bit_changes():
    cell = Cell(2, 4, order=2, lags=2, rank=3)
    before = [core.clone() for core in cell.cores]
    assert not round_cores(cell, 1.0)
    assert all(core.equal(old) for core, old in zip(cell.cores, before, strict=True))


def test_the_optimiser_goes_on_with_the_same_parameters_and_starts_anew_for_cores_alone():
    cell = redundant(2).float()
    optimizer = torch.optim.AdamW(cell.parameters(), lr=1e-3)

    def step():
        optimizer.zero_grad()
        cell(torch.randn(4, 5, 2))[0].square().sum().backward()
        optimizer.step()

    step()
    Rounding(every=1, energy=0.99).apply(torch.nn.ModuleDict({"cell": cell}), optimizer, 1)
    assert cell.cores[0] not in optimizer.state
    assert cell.weight in optimizer.state
    before = [core.clone() for core in cell.cores]
    step()
    assert optimizer.state[cell.cores[0]]["exp_avg"].shape == cell.cores[0].shape
    assert not any(core.equal(old) for core, old in zip(cell.cores, before, strict=True))


def test_weights_of_other_ranks_load_and_those_of_other_sizes_do_not():
    torch.manual_seed(2)
    given = Cell(2, 4, order=3, lags=2, rank=2)
    for rank in (1, 4):
        cell, x = Cell(2, 4, order=3, lags=2, rank=rank), torch.randn(3, 5, 2)
        cell.load_state_dict(given.state_dict())
        torch.testing.assert_close(cell(x)[0], given(x)[0])
    for other in (Cell(2, 5, order=3, lags=2), Cell(2, 4, order=3, lags=2, kind="rnn")):
        shapes = [core.shape for core in other.cores]
        with pytest.raises(RuntimeError, match="size mismatch"):
            other.load_state_dict(given.state_dict())
        assert [core.shape for core in other.cores] == shapes


def learner(kind=TTLSTMForecaster, **options):
    told = {"hidden": 4, "steps": 40, "check": 10, "learning_rate": 1e-2, "batch_size": 16, "patience": 0}
    return kind(6, 15, rounding=Rounding(every=15, energy=0.9), rank=5, **told | options)


class Cut(TTLSTMForecaster):
    """Is killed after its first rounding."""

    def _outputs(self, network, batch, step):
        if step == 23:
            raise KeyboardInterrupt
        return super()._outputs(network, batch, step)


Cut.__name__ = "TTLSTMForecaster"  # whose checkpoint it writes


def test_a_training_of_falling_ranks_says_so_and_goes_on_after_a_kill(tmp_path, capsys):
    unbroken = learner().fit(Y)
    assert "step 15: ranks [5] of encoder.0 fell to" in capsys.readouterr().out
    assert max(unbroken.network_.encoder[0].ranks) < 5
    path = tmp_path / "training.pt"
    with pytest.raises(KeyboardInterrupt):
        learner(Cut, checkpoint=path).fit(Y)
    resumed = learner(checkpoint=path).fit(Y)
    for name, weight in unbroken.network_.state_dict().items():
        assert weight.equal(resumed.network_.state_dict()[name]), name


@pytest.mark.parametrize(
    ("given", "told"), [({"every": 0}, "every is 0"), ({"energy": 1.5}, "energy is 1.5")]
)
def test_a_rounding_out_of_range_is_refused(given, told):
    with pytest.raises(ValueError, match=told):
        Rounding(**given)
