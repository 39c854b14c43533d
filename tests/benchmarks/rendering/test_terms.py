"""Tables of errors: what is learnt from and judged by, rows that are kept, and votes of workers."""

from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.rendering import crowd, mnist, run, terms


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Images whose brightness is their number, 2,400 to learn from and choose by, and 20 to test by."""
    for name, count in (("train", 2400), ("test", 20)):
        x = np.zeros((count, 28, 28), "uint8")
        x[:, 0, :2], x[:, 1, :2] = (np.arange(count) // 256)[:, None], (np.arange(count) % 256)[:, None]
        np.savez(tmp_path / f"{name}.npz", x=x, y=np.arange(count) % 10)
    mnist._held.cache_clear()
    return tmp_path


def test_labels_are_as_many_of_each_class_and_no_image_is_in_two_parts(folder: Path) -> None:
    given, other = mnist.learnt(folder, 0, 50, 300), mnist.learnt(folder, 1, 50, 300)
    assert torch.bincount(given.y).tolist() == [5] * 10
    assert given.unlabelled.shape == (300, 1, 14, 14)
    assert not torch.equal(given.labelled, other.labelled)
    held = np.load(folder / "train.npz")["x"]
    means = np.rint(held.reshape(-1, 14, 2, 14, 2).mean((2, 4)))[:400].astype("uint8")
    learnt = torch.cat([given.labelled, given.unlabelled])[:, 0].numpy()
    assert {each.tobytes() for each in learnt} <= {each.tobytes() for each in means}
    assert len(mnist.judged(folder, "validation").y) == 2000
    assert len(mnist.judged(folder, "test").y) == 20


def test_a_row_is_made_once(folder: Path, monkeypatch) -> None:
    made = []

    def one(options, seed, steps, config):
        made.append((options["method"], seed))
        return {"error": 0.1 * (seed + 1), "validation": 0.1, "cpu_s": 2.0}

    monkeypatch.setattr(terms, "one", one)
    config = run.Config(terms=True, data=folder, scratch=folder, steps=2)
    jobs = [("supervised", 0), ("nrm", 0), ("supervised", 1), ("supervised", 0), ("nrm", 0)]
    rows = [terms.kept(config, job) for job in jobs]
    assert made == [("supervised", 0), ("nrm", 0), ("supervised", 1)]
    assert rows[0] == rows[3]
    table = {row["variant"]: row for row in terms.summary(rows[:3])}
    assert table["supervised"]["error"] == pytest.approx(0.15)
    assert table["nrm"]["of_supervised"] == pytest.approx(0.667)


def test_a_variant_is_learnt_and_judged(folder: Path) -> None:
    config = run.Config(terms=True, data=folder)
    row = terms.one(terms.VARIANTS["Max-Min"], 0, 1, config)
    assert 0 <= row["error"] <= 1
    assert {"supervised", "reconstruction", "paths", "moments", "entropy"} <= set(row["last"])


def test_posteriors_of_workers_who_confuse_some_digits(monkeypatch) -> None:
    rng = np.random.default_rng(0)
    y = torch.arange(1000) % 10
    centres = torch.from_numpy(rng.random((10, 1, 14, 14)))
    x = (
        ((centres[y] + torch.from_numpy(rng.normal(0, 1.5, (1000, 1, 14, 14)))) * 60)
        .clamp(0, 255)
        .to(torch.uint8)
    )
    given = mnist.Learnt(x, y, x, y)
    confusion = crowd.confusions(given, 0)
    assert confusion.shape == (crowd.WORKERS, 10, 10)
    np.testing.assert_allclose(confusion.sum(2), 1)
    wrong = 1 - confusion[:, np.arange(10), np.arange(10)]
    assert 0.1 <= wrong.min() < wrong.max() <= 0.8
    monkeypatch.setattr(crowd, "VOTES", 5)
    targets = crowd.aggregated(given, 0)
    assert (targets["truth"].argmax(1) == y.numpy()).all()
    for each in targets.values():
        np.testing.assert_allclose(each.sum(1), 1, atol=1e-9)
    right = {name: (each.argmax(1) == y.numpy()).mean() for name, each in targets.items()}
    assert right["dawid_skene"] > right["majority"] + 0.02
