"""Parts of the topics pipeline by themselves: what is held out, saved models, dates, the map, names."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from matplotlib.figure import Figure
from scipy.spatial.distance import pdist, squareform

from etl.engine import choose
from etl.text import simulate
from models.topics.tensor_lda import TensorLDA
from pipelines.topics import columns, figures, holdout, map, measures
from pipelines.topics import model as topics_model
from pipelines.topics.config import Columns


def rows(topics: int, seed: int = 0) -> list[dict]:
    """Topics of random sizes with words of many lengths."""
    rng = np.random.default_rng(seed)
    sizes = np.sort(rng.dirichlet(np.ones(topics)))[::-1]
    words = ["".join(rng.choice(list("abcdefgo$"), rng.integers(2, 22))) for _ in range(200)]
    return [
        {
            "topic": k,
            "prevalence": float(sizes[k]),
            "npmi": float(rng.normal(0.2, 0.05)),
            "words": list(rng.choice(words, 10)),
        }
        for k in range(topics)
    ]


def labels(figure: Figure) -> list:
    """Boxes of the names written beside points."""
    figure.draw_without_rendering()
    (ax,) = figure.axes
    return [text.get_window_extent() for text in ax.texts if text.get_fontsize() == 8]


def test_documents_are_held_out_by_number_alone() -> None:
    numbers = np.arange(10_000)
    held = holdout.is_held(numbers, 500, 10_000, seed=3)
    assert held.sum() == pytest.approx(500, abs=5 * 500**0.5)
    assert (holdout.is_held(numbers[4000:], 500, 10_000, seed=3) == held[4000:]).all()
    assert (holdout.is_held(numbers, 500, 10_000, seed=4) != held).any()
    assert holdout.is_held(numbers, 10_000, 10_000, seed=3).all()


@pytest.fixture
def fitted() -> topics_model.Topics:
    counts, _ = simulate.corpus(300, words=40, topics=3, alpha0=0.5, length=40, seed=2)
    model = TensorLDA(3).fit(counts)
    return topics_model.Topics(model, [f"w{n}" for n in range(40)], np.full(40, 1 / 40), model.get_params())


def test_a_model_comes_back_as_it_was_saved(fitted: topics_model.Topics, tmp_path: Path) -> None:
    topics_model.save(tmp_path / "model.npz", fitted)
    found = topics_model.load(tmp_path / "model.npz", choose("cpu"))
    X = np.random.default_rng(0).poisson(0.5, (20, 40))
    assert (found.model.transform(X) == fitted.model.transform(X)).all()
    assert found.terms == fitted.terms
    assert found.model.get_params() == fitted.model.get_params()
    assert (found.background == fitted.background).all()


def test_a_model_that_was_damaged_is_refused(fitted: topics_model.Topics, tmp_path: Path) -> None:
    topics_model.save(tmp_path / "model.npz", fitted)
    with np.load(tmp_path / "model.npz") as file:
        arrays = dict(file)
    arrays["vocabulary"] = arrays["vocabulary"][1:]
    np.savez(tmp_path / "model.npz", **arrays)
    with pytest.raises(ValueError, match="its arrays do not fit together"):
        topics_model.load(tmp_path / "model.npz", choose("cpu"))
    np.savez(tmp_path / "model.npz", **arrays | {"vocabulary": np.array(["a", None], object)})
    with pytest.raises(ValueError, match="is no model that this pipeline saved"):
        topics_model.load(tmp_path / "model.npz", choose("cpu"))


def test_distances_between_topics_are_hellingers() -> None:
    topics = np.random.default_rng(0).dirichlet(np.ones(30), 7)
    expected = squareform(pdist(np.sqrt(topics))) / 2**0.5
    assert np.allclose(measures.apart(topics), expected, atol=1e-7)


def test_a_map_of_points_in_a_plane_keeps_all_distances() -> None:
    distance = squareform(pdist(np.random.default_rng(0).normal(size=(12, 2))))
    points, kept = map.scaled(distance)
    assert np.allclose(squareform(pdist(points)), distance)
    assert kept == pytest.approx(1)


@pytest.mark.parametrize("topics", [2, 12, 100])
def test_no_name_covers_another_or_leaves_the_figure(topics: int) -> None:
    table = rows(topics)
    distance = measures.apart(np.random.default_rng(1).dirichlet(np.full(50, 0.1), topics))
    for figure in (map.chart(distance, table), figures.coherence(table)):
        boxes = labels(figure)
        assert len(boxes) >= min(topics - 2, 20)
        assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
        edge = figure.axes[0].get_window_extent()
        assert all(edge.x0 <= box.x0 and box.x1 <= edge.x1 for box in boxes)


def test_the_topics_that_change_most_are_drawn() -> None:
    tokens = np.full((5, 10), 100.0)
    tokens[:, 7] = [10, 50, 100, 200, 400]
    tokens[2] *= 1e-6
    table = rows(10)
    figure = figures.over_time(["2001", "2002", "2003", "2004", "2005"], tokens, table)
    share = tokens[:, 7] / tokens.sum(axis=1) * 100
    assert np.allclose(figure.axes[0].lines[0].get_ydata(), share[[0, 1, 3, 4]])
    assert f"{share[4]:.1f} % of the words in 2005" in figure.get_suptitle()
    assert "1 of 5" in figure.get_supxlabel()


def test_dates_of_four_years_are_taken_by_year() -> None:
    days = pa.chunked_array([["2020-03-01", "2023-01-31", "2020-01-31"]]).cast(pa.timestamp("s"))
    found = columns.periods(days)
    assert (found.names, found.codes.tolist()) == (["2020-01", "2020-03", "2023-01"], [1, 2, 0])
    later = pa.chunked_array([["2020-03-01", "2024-01-31", "2020-01-31"]]).cast(pa.timestamp("s"))
    found = columns.periods(later)
    assert (found.names, found.codes.tolist()) == (["2020", "2024"], [0, 1, 0])


def test_a_line_that_is_no_date_is_named(tmp_path: Path) -> None:
    (tmp_path / "days.txt").write_text("2001-02-03\n2001-13-30\n")
    with pytest.raises(ValueError, match=r"days.txt, line 2: '2001-13-30' is neither"):
        columns.beside(Columns(date=str(tmp_path / "days.txt")), 2)
