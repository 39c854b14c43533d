"""Benchmarks of tensors are run one part at a time."""

import pytest

from benchmarks.tensors import run


@pytest.mark.parametrize("name", run.PARTS)
def test_a_part_is_run_where_its_option_asks(monkeypatch, name):
    called = []
    monkeypatch.setattr(f"{run.PARTS[name]}.main", lambda config: called.append(config) or [])
    config = run.Config(**{name: True})

    assert run.main(config) == []
    assert called == [config]
