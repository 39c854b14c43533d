"""What a classifier gains by made images: rows of a seed, and their table."""

import numpy as np
import pytest
import torch

from benchmarks.rendering import gan, mnist, run


def test_a_seed_is_learnt_and_judged_at_each_ratio(tmp_path, monkeypatch) -> None:
    rng = np.random.default_rng(0)
    for name, count in (("train", 2300), ("test", 20)):
        x = rng.integers(0, 255, (count, 28, 28), "uint8")
        np.savez(tmp_path / f"{name}.npz", x=x, y=np.arange(count) % 10)
    mnist._held.cache_clear()
    monkeypatch.setattr(gan, "LABELS", 20)
    monkeypatch.setattr(gan, "LOOKED_AT", 20)
    sizes = []
    error = gan._error
    monkeypatch.setattr(gan, "_error", lambda x, y, *others: sizes.append(len(x)) or error(x, y, *others))
    row = gan.one(0, run.Config(gan=True, data=tmp_path, steps=1), made_steps=1)
    assert sizes == [20, 30, 40, 60, 20]
    assert list(row["errors"]) == ["0.0", "0.5", "1.0", "2.0", "made alone"]
    assert all(0 <= each <= 1 for each in (*row["errors"].values(), row["consistency"]))


def test_differences_are_of_pairs() -> None:
    found = [
        {"consistency": 0.9, "cpu_s": 1.0, "errors": {"0.0": 0.10, "1.0": 0.12}},
        {"consistency": 1.0, "cpu_s": 3.0, "errors": {"0.0": 0.20, "1.0": 0.22}},
    ]
    plain, mixed, consistent = gan.summary(found)
    assert plain["error"] == pytest.approx(0.15)
    assert plain["difference"] == 0
    assert mixed["difference"] == pytest.approx(0.02)
    assert mixed["difference_half"] == pytest.approx(0, abs=1e-9)
    assert mixed["error_half"] == pytest.approx(12.706 * 0.05, rel=1e-3), "Student's t of two"
    assert (consistent["share"], consistent["cpu_s"]) == (pytest.approx(0.95), 2.0)


def test_made_images_are_as_many_of_each_class() -> None:
    class Maker:
        def sample(self, y, seed):
            return y[:, None, None, None].expand(-1, 1, 14, 14) / 10

    x, y = gan._made(Maker(), 20, 0)
    assert torch.bincount(y).tolist() == [2] * 10
    assert torch.equal(x[:, 0, 0, 0], y / 10)
