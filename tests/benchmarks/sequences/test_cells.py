"""Costs of cells are told only where results are equal."""

import pytest
import torch

from benchmarks.sequences import cells


@pytest.fixture(autouse=True)
def small(monkeypatch):
    torch.manual_seed(0)
    sizes = {"BATCH": 4, "SIZE": 7, "GATES": 8, "LOOKBACK": 3, "HORIZON": 4, "PARAMETERS": 1_450}
    for name, value in sizes.items():
        monkeypatch.setattr(cells, name, value)


def test_the_chain_and_steps_of_training_are_put_beside_their_rivals(capsys):
    rows = [cells.product(2, 1), cells.step("TT-LSTM, order 2", 1)]
    assert rows[0]["ratio"] == pytest.approx(rows[0]["explicit_us"] / rows[0]["ours_us"], rel=0.05)
    assert abs(rows[1]["parameters"] / 1_450 - 1) <= 0.02
    assert abs(rows[1]["lstm_cell_parameters"] / 1_450 - 1) <= 0.02
    assert str(rows[0]) in capsys.readouterr().out


def test_a_wrong_chain_stops_before_any_time_is_told(monkeypatch, capsys):
    monkeypatch.setattr(cells, "chain", lambda s, cores, add: add + 1)
    with pytest.raises(AssertionError, match="not close"):
        cells.product(2, 1)
    assert capsys.readouterr().out == ""
