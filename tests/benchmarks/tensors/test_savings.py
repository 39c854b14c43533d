"""The benchmark's table of savings is the papers'."""

import json

import pytest

pytest.importorskip("torch")


def test_the_papers_table(capsys):
    from benchmarks.tensors import run

    rows = run.main(run.Config(savings=True))
    assert [row["percent"] for row in rows] == [68.28, 76.58, 84.63, 92.44, -0.21, 65.87]
    assert [row["percent"] for row in json.loads(capsys.readouterr().out)] == [row["percent"] for row in rows]
