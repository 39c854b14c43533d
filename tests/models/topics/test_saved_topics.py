"""Topics in a file: they come back as they were, and a damaged file is refused."""

from pathlib import Path

import numpy as np
import pytest

from etl.engine import choose
from etl.text import simulate
from models.topics import saved_topics
from models.topics.tensor_lda import TensorLDA


@pytest.fixture
def fitted() -> saved_topics.Topics:
    counts, _ = simulate.corpus(300, words=40, topics=3, alpha0=0.5, length=40, seed=2)
    model = TensorLDA(3).fit(counts)
    return saved_topics.Topics(model, [f"w{n}" for n in range(40)], np.full(40, 1 / 40), model.get_params())


def test_a_model_comes_back_as_it_was_saved(fitted: saved_topics.Topics, tmp_path: Path) -> None:
    saved_topics.save(tmp_path / "model.npz", fitted)
    found = saved_topics.load(tmp_path / "model.npz", choose("cpu"))
    X = np.random.default_rng(0).poisson(0.5, (20, 40))
    assert (found.model.transform(X) == fitted.model.transform(X)).all()
    assert found.terms == fitted.terms
    assert found.model.get_params() == fitted.model.get_params()
    assert (found.background == fitted.background).all()
    assert found.token_rule == fitted.token_rule


def test_a_model_without_a_rule_for_words_is_of_an_older_run(
    fitted: saved_topics.Topics, tmp_path: Path
) -> None:
    saved_topics.save(tmp_path / "new.npz", fitted._replace(token_rule="characters"))
    with np.load(tmp_path / "new.npz") as file:
        np.savez(tmp_path / "old.npz", **{name: file[name] for name in file.files if name != "token_rule"})

    assert saved_topics.load(tmp_path / "new.npz", choose("cpu")).token_rule == "characters"
    assert saved_topics.load(tmp_path / "old.npz", choose("cpu")).token_rule == "scikit-learn"


def test_a_model_that_was_damaged_is_refused(fitted: saved_topics.Topics, tmp_path: Path) -> None:
    saved_topics.save(tmp_path / "model.npz", fitted)
    with np.load(tmp_path / "model.npz") as file:
        arrays = dict(file)
    arrays["vocabulary"] = arrays["vocabulary"][1:]
    np.savez(tmp_path / "model.npz", **arrays)
    with pytest.raises(ValueError, match="its arrays do not fit together"):
        saved_topics.load(tmp_path / "model.npz", choose("cpu"))
    np.savez(tmp_path / "model.npz", **arrays | {"vocabulary": np.array(["a", None], object)})
    with pytest.raises(ValueError, match="give the model.npz of a run's folder"):
        saved_topics.load(tmp_path / "model.npz", choose("cpu"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"components": np.float32(1)}, r"components is of shape \(\)"),
        ({"components": np.ones(4, "float32")}, r"components is of shape \(4,\)"),
        ({"alpha": np.array("x")}, "alpha is of shape"),
        ({"vocabulary": np.arange(3)}, "vocabulary is of shape"),
        ({"settings": np.array('{"zz": 1}')}, "setting 'zz', which this version does not know"),
        ({"settings": np.array("[1, 2]")}, r"setting \[1, 2\]"),
        ({"settings": np.array("{")}, "is damaged or not what its name says"),
        ({"token_rule": np.array("mine")}, "rule of words 'mine'"),
    ],
)
def test_arrays_and_settings_that_save_does_not_write_are_named(
    fitted: saved_topics.Topics, changes: dict, message: str, tmp_path: Path
) -> None:
    saved_topics.save(tmp_path / "model.npz", fitted)
    with np.load(tmp_path / "model.npz") as file:
        held = dict(file)
    np.savez(tmp_path / "model.npz", **(held | changes))
    with pytest.raises(ValueError, match=message) as caught:
        saved_topics.load(tmp_path / "model.npz", choose("cpu"))
    assert "model.npz" in str(caught.value)
