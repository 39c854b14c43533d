"""Rows of a user's file, in any order and form, are the same rows."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix, save_npz
from sklearn.metrics import adjusted_rand_score

from pipelines.clusters.data import Rows, load
from pipelines.clusters.pipeline import Config, main
from pipelines.run import Run


def rows(path: Path, out: Path, **settings: object) -> Rows:
    config = Config(data=str(path), out=out, **settings)
    with Run("clusters", config) as run:
        return load(config, run)


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    """Three groups far apart; keys with zeros in front, a truth with gaps, and text."""
    rng, y = np.random.default_rng(0), np.arange(60) % 3
    X = np.array([[0, 0], [9, 1], [0, 8]])[y] + rng.normal(0, 0.1, (60, 2))
    flag = pd.Series(np.where(y > 0, "True", "False")).mask(np.arange(60) == 7)
    keys = [f"{n:03}" for n in range(60)]
    return pd.DataFrame({"key": keys, "a": X[:, 0], "b": X[:, 1], "flag": flag, "word": "x", "kind": y})


def test_the_order_and_form_of_a_table_change_no_row(
    frame: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frame.to_csv(tmp_path / "a.csv", index=False)
    mixed = frame.sample(frac=1, random_state=1)[["kind", "b", "word", "key", "flag", "a"]].assign(no="-x")
    (tmp_path / "parts").mkdir()
    mixed[:20].to_csv(tmp_path / "parts/1.csv", index=False)
    mixed[20:].to_csv(tmp_path / "parts/2.csv", index=False, sep=";", decimal=",")
    one, other = (
        rows(tmp_path / name, tmp_path / "out", leave=("key",), label="kind") for name in ("a.csv", "parts")
    )
    assert one.names == ["a", "b", "flag"]
    assert sorted(other.names) == one.names
    order = np.argsort(other.about["key"].to_numpy(dtype=str))
    places = [other.names.index(name) for name in one.names]
    np.testing.assert_allclose(other.X[order][:, places], one.X, rtol=1e-5)
    assert one.about["key"].tolist() == frame["key"].tolist()
    assert other.known.to_numpy()[order].tolist() == frame["kind"].tolist()
    assert "word hold no numbers" in capsys.readouterr().out

    labels = []
    for name in ("a.csv", "parts"):
        folder = main(Config(data=str(tmp_path / name), leave=("key",), label="kind", out=tmp_path)).folder
        found = pd.read_csv(folder / "clusters.csv", dtype={"key": str}).set_index("key")["cluster"]
        labels.append(found.sort_index())
    assert labels[0].index.tolist() == frame["key"].tolist()
    assert adjusted_rand_score(*labels) == 1


def test_files_that_are_no_matrix_are_named(tmp_path: Path) -> None:
    packed = io.BytesIO()
    np.savez_compressed(packed, x=np.ones((9, 2)))
    data = bytearray(packed.getvalue())
    sparse = tmp_path / "far.npz"
    save_npz(sparse, csr_matrix((np.ones(2), [0, 9], [0, 1, 2, 2, 2]), shape=(4, 10)))
    held = dict(np.load(sparse))
    np.savez(sparse, **held | {"shape": np.array([4, 5])})
    cases = {"cut.npz": bytes(data[:-40]), "none.npy": b"", "text.npz": b"a,b", "empty.npz": _empty()}
    whole = io.BytesIO()
    np.save(whole, np.ones((9, 2)))
    cases["open.npy"] = whole.getvalue().replace(b")", b"(")
    data[len(data) // 2] ^= 255
    cases["flipped.npz"] = bytes(data)
    for name, held_bytes in cases.items():
        (tmp_path / name).write_bytes(held_bytes)
    for name in (*cases, "far.npz"):
        with pytest.raises(
            ValueError, match=rf"{name} is damaged or not what its name says \(.*; give a whole"
        ):
            rows(tmp_path / name, tmp_path / "out")


def test_a_matrix_is_read_under_either_name_and_what_is_none_is_told(tmp_path: Path) -> None:
    held = io.BytesIO()
    np.save(held, np.random.default_rng(0).normal(size=(30, 2)))
    (tmp_path / "one.npz").write_bytes(held.getvalue())
    assert rows(tmp_path / "one.npz", tmp_path / "out").X.shape == (30, 2)
    with zipfile.ZipFile(tmp_path / "words.npz", "w") as file:
        file.writestr("readme", "no array")
    with pytest.raises(ValueError, match="words.npz holds no array; give a whole"):
        rows(tmp_path / "words.npz", tmp_path / "out")


def _empty() -> bytes:
    held = io.BytesIO()
    zipfile.ZipFile(held, "w").close()
    return held.getvalue()
