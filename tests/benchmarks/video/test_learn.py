"""Networks are judged on clips of other digits beside black frames, at the rate that validation chose."""

import json

import pytest

from benchmarks.video import curves, learn, run


class Here:
    """Trainings in this process."""

    def __init__(self, *told):
        self.map = map

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None


def test_networks_are_judged_beside_simple_predictions(monkeypatch, tmp_path):
    monkeypatch.setattr(learn, "ProcessPoolExecutor", Here)
    monkeypatch.setattr(learn, "CLIPS", {"train": 0, "validation": 2, "test": 3})
    out = tmp_path / "out.json"
    ratios = run.main(run.Config(learn=True, seeds=1, steps=1, rates=(1e-3,), out=out))
    assert [row["network"] for row in ratios] == ["black", "copy last", "ConvLSTM", "Conv-TT-LSTM"]
    assert [row["parameters"] for row in ratios] == [0, 0, 35_551, 30_303]
    assert ratios[0]["of black"] == ratios[1]["of copy last"] == 1
    written = json.loads(out.read_text())
    assert len(written["tried"]) == 2
    for row in written["results"][2:]:
        assert row["mse"] == pytest.approx(sum(row["mse_by_frame"]) / 5)


def test_the_rate_is_that_of_the_least_mean_error_of_validation():
    errors = {("a", 1): (5, 5), ("a", 2): (1, 8), ("b", 1): (3, 3), ("b", 2): (2, 9)}
    found = [
        {"network": name, "rate": rate, "validation_mse": each}
        for (name, rate), both in errors.items()
        for each in both
    ]
    assert learn.best(found) == {"a": 2, "b": 1}


def test_clips_of_uses_share_no_digit():
    images = [{each.tobytes() for each in learn.made(use, None, 0).images} for use in learn.CLIPS]
    assert len(set().union(*images)) == sum(map(len, images)) > 1700


def test_the_command_for_a_device_runs_at_toy_size(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(curves, "PROBE", 2)
    out = tmp_path / "out.json"
    rows = run.main(run.Config(device_curves=True, small=True, minutes=0.001, out=out))
    assert json.loads(out.read_text())["results"] == rows
    assert "20 steps each" in capsys.readouterr().out
    networks = [row for row in rows if "steps_a_second" in row]
    assert [row["network"] for row in networks] == list(curves.SMALL.networks)
    assert [len(row["mse_by_check"]) for row in networks] == [20, 20]
    assert [len(row["mse"]) for row in rows if "mse" in row] == [4] * 4
    assert [row["step"] for row in rows if "step" in row] == [
        "chain, order 3, 3 lags, rank 4",
        "torch.nn.LSTM",
    ]
