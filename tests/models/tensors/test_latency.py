"""The clock waits for the device that a batch lies on."""

from types import SimpleNamespace

import pytest

torch = pytest.importorskip("torch")
latency = pytest.importorskip("models.tensors.latency")


def test_it_waits_for_the_device_of_the_batch(monkeypatch):
    waited = []
    monkeypatch.setattr(torch.cuda, "synchronize", lambda device=None: waited.append(device))
    second = SimpleNamespace(is_cuda=True, device=torch.device("cuda", 1))
    assert latency.measured(lambda batch: batch, second) >= 0
    assert waited == [second.device] * 2
