"""Figures show the numbers they are given, and say why where there is nothing to show."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.cbook import STEP_LOOKUP_MAP
from matplotlib.figure import Figure
from sklearn.metrics import average_precision_score

from models import metrics
from pipelines import figures as common
from pipelines.figures.lettering import spread
from pipelines.mortgage import figures
from tests.support import layout


def texts(figure: Figure) -> str:
    return " | ".join(each.words for each in layout.texts(figure))


def test_curves_are_drawn_as_given() -> None:
    rng = np.random.default_rng(0)
    p = rng.random(500)
    label = (rng.random(500) < p).astype(int)
    given = {"model": metrics.curves(label, p), "rule": None}
    figure = figures.roc_pr(given, 0.5)
    (line,) = [line for line in figure.axes[0].lines if len(line.get_xdata()) > 2]
    assert list(line.get_xdata()) == given["model"]["fpr"]
    assert list(line.get_ydata()) == given["model"]["tpr"]
    assert f"{given['model']['roc_auc']:.3f}" in texts(figure)


def test_importance_is_sorted_from_the_top_and_sums_to_the_shares() -> None:
    figure = figures.importance(["a", "b", "c"], [1.0, 7.0, 2.0])
    widths = [bar.get_width() for bar in figure.axes[0].patches]
    assert widths == pytest.approx([70, 20, 10])
    assert "b carries 70%" in texts(figure)


def test_vintages_are_labelled_with_the_worst_in_the_title() -> None:
    figure = figures.vintages({2016: ([0, 1, 2], [0.0, 0.01, 0.02]), 2017: ([0, 1], [0.0, 0.05])})
    assert "2017 fares worst: 5.0%" in texts(figure)
    assert {"2016", "2017"} <= set(texts(figure).split(" | "))
    assert list(figure.axes[0].lines[0].get_ydata()) == pytest.approx([0, 1, 2])


def test_names_that_would_overlap_are_moved_apart_in_their_order() -> None:
    assert spread([0.5, 0.51, 0.9, 0.52], 0.1) == pytest.approx([0.32, 0.42, 0.9, 0.52])
    assert spread([0.02, 0.01], 0.1) == pytest.approx([0.1, 0.0])


def test_the_area_under_precision_as_drawn_is_the_average_precision() -> None:
    label, score = np.array([1, 1, 0, 0, 0, 1, 0, 1]), np.array([0.9, 0.9, 0.5, 0.5, 0.5, 0.5, 0.1, 0.1])
    axes = figures.roc_pr({"rule": metrics.curves(label, score)}, 0.5).axes[1]
    (line,) = [each for each in axes.lines if len(each.get_xdata()) > 2]
    drawn = STEP_LOOKUP_MAP[line.get_drawstyle()](*line.get_data())
    assert np.trapezoid(drawn[1], drawn[0]) == pytest.approx(average_precision_score(label, score))


def test_the_worst_vintage_is_drawn_however_many_there_are() -> None:
    curves = {year: ([0, 1], [0.0, 0.5 if year == 2007 else 0.01]) for year in range(2000, 2025)}
    figure = figures.vintages(curves)
    assert "2007 fares worst" in figure.get_suptitle()
    assert any(line.get_ydata()[-1] == 50 for line in figure.axes[0].lines)
    assert f"{len(figure.axes[0].lines)} of 25 vintages shown" in texts(figure)


def test_every_curve_given_is_drawn() -> None:
    curve = metrics.curves(np.array([0, 1, 1]), np.array([0.1, 0.2, 0.3]))
    figure = figures.roc_pr(dict.fromkeys("abcde", curve), 0.5)
    assert [len(ax.lines) for ax in figure.axes] == [6, 6]


def test_bins_without_a_default_are_counted_where_they_cannot_be_drawn() -> None:
    table = {"predicted": [0.1, 0.2, 0.3], "observed": [0.0, 0.2, 0.4], "count": [5] * 3, "error": 0.07}
    figure = figures.calibration(table)
    assert list(figure.axes[0].lines[1].get_ydata()) == [0.2, 0.4]
    assert "1 of 3 bins" in texts(figure)
    assert "off by 7.00 percentage points" in texts(figure)


def test_a_run_too_short_to_measure_is_drawn() -> None:
    stages = [{"name": "etl", "start": 0.0, "wall": 0.0, "cpu": 0.0}]
    assert "etl takes 0%" in texts(common.timeline(stages))


@pytest.mark.parametrize(("small", "scale"), [(1e6, "linear"), (1e3, "log")])
def test_bars_of_the_ledger_begin_at_zero_where_all_can_be_seen(small: float, scale: str) -> None:
    row = {"stage": "read", "from": "a", "to": "b", "copies": "none", "times": 1}
    (ax,) = common.ledger([row | {"bytes": 3e6}, row | {"bytes": small}]).axes
    assert ax.get_xscale() == scale
    assert (ax.get_xlim()[0] == 0) == (scale == "linear")
    assert ("log scale" in ax.get_xlabel()) == (scale == "log")


def test_timeline_and_ledger_show_every_row() -> None:
    stages = [
        {"name": "etl", "start": 0.0, "wall": 3.0, "cpu": 6.0},
        {"name": "fit", "start": 3.0, "wall": 1.0, "cpu": 1.0},
    ]
    assert [bar.get_width() for bar in common.timeline(stages).axes[0].patches] == [3.0, 1.0]
    row = {"stage": "s", "from": "a", "to": "b", "times": 1}
    figure = common.ledger([row | {"copies": "none", "bytes": 3e6}, row | {"copies": "host", "bytes": 1e6}])
    assert "75% of the bytes pass without a copy; 1.0 MB cross to the host" in texts(figure)


@pytest.mark.parametrize(
    "figure",
    [
        figures.roc_pr({"model": None}, 0.0),
        figures.calibration({"predicted": [], "observed": [], "count": [], "error": None}),
        figures.calibration({"predicted": [0.0], "observed": [0.5], "count": [2], "error": 0.5}),
        figures.importance([], []),
        figures.importance(["a"], [0.0]),
        figures.vintages({}),
        common.timeline([]),
        common.ledger([]),
    ],
)
def test_nothing_to_show_says_why(figure: Figure) -> None:
    assert len(texts(figure)) > 20


MONEY = ["<$10_$20", "a^$_$", r"\$x$", "$5-$10", "one $"]


def drawn(figure: Figure) -> dict[str, bool]:
    """Texts of a figure that is drawn, and whether each is a formula."""
    return {each.words: each.formula for each in layout.texts(figure)}


@pytest.mark.parametrize("by_name", [True, False])
def test_names_with_dollars_are_drawn_as_they_are_written(by_name: bool, tmp_path: Path) -> None:
    figure, (ax, other) = common.new_figure(MONEY[0], columns=2)
    ax.barh(MONEY if by_name else range(len(MONEY)), range(1, len(MONEY) + 1), label=MONEY[1])
    if not by_name:
        ax.set_yticks(range(len(MONEY)), MONEY)
    ax.set(xlabel=MONEY[0], ylabel=MONEY[1], title=MONEY[3])
    ax.legend(title=MONEY[0])
    other.annotate(MONEY[0], (1, 1))
    other.set(xscale="log", xlim=(1, 1000), xlabel=MONEY[1])
    figure.legend(handles=ax.patches[:1], labels=[MONEY[0]])
    common.save(figure, tmp_path / "money.png")
    found = drawn(figure)
    assert set(MONEY) <= set(found)
    assert not any(found[name] for name in MONEY)
    assert not any(found.values())
    assert {"1", "10", "100", "1,000"} <= set(found)


def test_an_f1_of_nothing_has_no_share() -> None:
    pytest.importorskip("torch", reason="torch is an extra")
    from pipelines.ner.figures import quality

    run = [{"share": 0.1, "score": 0.2}, {"share": 0.2, "score": 0.3}]
    found = {"words_at_99pct": {"random": None}, "f1_full": 0.0, "f1_shallow": None}
    assert "All words gave an F1 of 0" in texts(quality({"random": [run]}, {"random": "black"}, found))
    assert "No way of choosing" in texts(
        quality({"random": [run]}, {"random": "black"}, found | {"f1_full": 0.9})
    )
