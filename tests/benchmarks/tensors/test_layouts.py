"""Layouts are compared after their results are, and rows become a summary."""

import json

import pytest

from benchmarks.tensors import layouts, run

torch = pytest.importorskip("torch")


def test_a_run_writes_each_layout_and_a_summary(tmp_path):
    out = tmp_path / "out.json"
    run.main(run.Config(layouts=True, sizes=(4,), repeat=1, out=out))
    written = json.loads(out.read_text())

    assert len(written["results"]) == 72
    assert [row["einsum_uncopied"] for row in written["ratios"]][:1] == [12]
    for row in written["results"]:
        assert row["ratio"] == pytest.approx(row["einsum_cpu_us"] / row["cpu_us"], rel=0.02)


def test_a_wrong_result_stops_it(monkeypatch):
    monkeypatch.setattr(layouts, "contract", lambda *given, layout: torch.einsum(*given) + 1)
    with pytest.raises(ValueError, match="disagree about mk,knp->mnp"):
        run.main(run.Config(layouts=True, sizes=(4,), repeat=1))


def test_a_summary_has_the_spread_of_ratios():
    rows = [
        {"size": 4, "layout": "C", "ratio": ratio, "copies": copies, "einsum_copies": 1}
        for ratio, copies in ((1.0, 0), (2.0, 0), (4.0, 1))
    ]
    found = layouts.summary(rows)
    assert (found["median"], found["worst"], found["best"]) == (2.0, 1.0, 4.0)
    assert (found["uncopied"], found["einsum_uncopied"]) == (2, 0)
