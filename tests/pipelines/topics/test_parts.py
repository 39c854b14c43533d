"""Parts of the topics pipeline by themselves: dates, the map, names."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from matplotlib.figure import Figure

from models.topics.distances import hellinger
from pipelines.figures import finished
from pipelines.topics import columns, figures, map
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
    finished(figure).draw_without_rendering()
    (ax,) = figure.axes
    return [text.get_window_extent() for text in ax.texts if text.get_fontsize() == 8]


@pytest.mark.parametrize("topics", [2, 12, 100])
def test_no_name_covers_another_or_leaves_the_figure(topics: int) -> None:
    table = rows(topics)
    distance = hellinger(np.random.default_rng(1).dirichlet(np.full(50, 0.1), topics))
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
    assert f"{share[4]:.1f} % of the words in 2005" in " ".join(figure.get_suptitle().split())
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
    with pytest.raises(ValueError, match=r"days.txt, line 2: '2001-13-30' is no date like 2024-01-31"):
        columns.beside(Columns(date=str(tmp_path / "days.txt")), 2)
