"""The identities are printed and written, and are as exact as promised."""

import json
import math

import pytest
import torch

from benchmarks.rendering import active_paths, identities, run


def test_identities_are_exact_and_written(tmp_path, capsys, monkeypatch):
    few = {name: identities.NETWORKS[name] for name in ("VGG-like", "residual block")}
    monkeypatch.setattr(identities, "NETWORKS", few)
    out = tmp_path / "out.json"
    rows = run.main(run.Config(identities=True, out=out))
    assert json.loads(capsys.readouterr().out) == rows == json.loads(out.read_text())["results"]
    assert [row["network"] for row in rows] == [*(name for name in few for _ in range(2)), "two layers"]
    assert max(row.get("render", 0) for row in rows) <= 1e-12
    assert max(row.get("eta", 0) for row in rows) <= 1e-10
    assert rows[-1]["enumeration"] <= 1e-12


def test_a_part_must_be_asked_for():
    with pytest.raises(ValueError, match="ask for one part"):
        run.main(run.Config())


def test_path_normalisation_leaves_fewer_paths_active(monkeypatch):
    monkeypatch.setattr(active_paths, "WEIGHTS", (0.0, 30.0))
    monkeypatch.setattr(active_paths, "STEPS", 40)
    torch.set_num_threads(1)
    without, with_it = run.main(run.Config(active_paths=True, seeds=1))
    assert with_it["log_paths"] < without["log_paths"]
    assert with_it["rendering_paths"] < without["rendering_paths"]
    assert math.isfinite(with_it["bound"])
