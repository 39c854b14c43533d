"""Counts are written as they are published, and errors of simple predictions convert."""

import json

import pytest

from benchmarks.video import baselines, run

COUNTS = [3_973_201, 2_687_281, 2_322_241, 4_972_561, 3_263_281, 2_648_497, 2_763_889, 3_474_961]


def test_parameters_are_written_as_published(tmp_path, capsys):
    out = tmp_path / "out.json"
    run.main(run.Config(parameters=True, out=out))
    rows = json.loads(capsys.readouterr().out)
    assert [row["parameters"] for row in rows] == COUNTS
    assert [row["multiplications_a_frame"] for row in rows[:2]] == [16_266_362_880, 10_997_268_480]
    assert json.loads(out.read_text())["results"] == rows


def test_simple_predictions_are_told_in_units_that_convert(monkeypatch):
    monkeypatch.setattr(baselines, "CLIPS", 2)
    rows = run.main(run.Config(baselines=True))
    assert [row["network"] for row in rows] == ["black", "copy last"]
    for row in rows:
        assert row["mse frame"] == pytest.approx(4.096 * row["mse milli"]) == pytest.approx(row["mse"])
        assert 0 < row["ssim gaussian"] < row["ssim range 2"] < 1
