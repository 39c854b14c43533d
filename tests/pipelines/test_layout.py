"""No text of a figure covers another, stands outside, or is read as a formula, whatever is drawn."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from pipelines import figures
from tests.support.layout import faults, texts
from tests.support.more_pictures import more_pictures
from tests.support.pictures import Picture, pictures

TINY, HUGE = (pictures(huge) | more_pictures(huge) for huge in (False, True))


@pytest.mark.parametrize("draw", TINY.values(), ids=TINY)
def test_figures_of_almost_nothing_can_be_read(draw: Picture) -> None:
    assert faults(draw()) == []


@pytest.mark.parametrize("draw", HUGE.values(), ids=HUGE)
def test_figures_of_much_and_of_hard_names_can_be_read(draw: Picture) -> None:
    assert faults(draw()) == []


def test_the_checks_see_what_they_look_for() -> None:
    figure = Figure()
    figure.text(0.5, 0.5, "one on")
    figure.text(0.52, 0.5, "another")
    figure.text(0.9, 0.1, "too far to the right of all")
    ax = figure.add_axes((0.1, 0.1, 0.3, 0.3))
    ax.plot([0, 1, 2], [0, 1, 2], label="line")
    ax.legend(loc="center")
    figure.draw_without_rendering()
    found = " ".join(faults(figure))
    for word in ("overlap: 'one on'", "outside: 'too far", "covers a point"):
        assert word in found


def test_slanted_labels_are_apart_if_their_boxes_meet() -> None:
    figure, (ax,) = figures.new_figure("Slanted")
    ax.set_xticks(range(8), [f"a long label {k}" for k in range(8)], rotation=60, ha="right")
    assert faults(figure) == []
    assert sum("a long label" in each.words for each in texts(figure)) == 8


def test_labels_of_ticks_are_thinned_and_no_further_than_needed() -> None:
    figure, (ax,) = figures.new_figure("Many")
    ax.set_xticks(range(100), [str(1000 + k) for k in range(100)])
    shown = [int(each.words) for each in texts(figure) if each.words.startswith("10")]
    assert len(set(np.diff(shown))) == 1
    assert 8 < len(shown) < 25


@pytest.mark.parametrize(("low", "high"), [(1e-3, 1e9), (130, 180), (0.9, 11), (3, 3.1), (1.2e-7, 1.3e-7)])
def test_logarithmic_axes_have_a_few_plain_ticks(low: float, high: float) -> None:
    figure, (ax,) = figures.new_figure("Logarithmic")
    ax.plot([low, high], [0, 1])
    ax.set(xscale="log", yticks=[])
    ticks = [each.words for each in texts(figure) if each.words != "Logarithmic"]
    assert 2 <= len(ticks) <= 8
    assert not any("$" in tick or "e" in tick for tick in ticks)
    assert faults(figure) == []


def test_a_large_number_is_told_at_its_tick_and_not_in_the_corner() -> None:
    figure, (ax,) = figures.new_figure("Large")
    ax.plot([0, 1], [0, 4e9])
    found = {each.words for each in texts(figure)}
    assert "2·10⁹" in found
    assert "1e9" not in found


def test_of_two_names_at_one_point_the_first_in_order_is_written() -> None:
    _, (ax,) = figures.new_figure("Names", 5, 3)
    points, words = np.array([[0.5, 0.5], [0.5, 0.5], [0.9, 0.1]]), ["one" * 5, "two" * 5, "three" * 5]
    ax.set(xlim=(0, 1), ylim=(0, 1))
    lacking = figures.name_points(ax, points, words, [1, 0, 2], np.full(3, 30.0), most=1)
    assert [each.get_text() for each in ax.texts] == [words[1]]
    assert lacking == 2


def test_names_at_ends_stand_at_their_lines_where_there_is_room() -> None:
    figure, (ax,) = figures.new_figure("Ends")
    ax.plot([0, 1], [0, 1])
    ax.plot([0, 1], [0, 0.2])
    figures.label_ends(ax, [(1, 1.0, "upper", "black"), (1, 0.2, "lower", "black")])
    upper, lower = (next(each for each in texts(figure) if each.words == word) for word in ("upper", "lower"))
    heights = [each.corners[:, 1].mean() for each in (upper, lower)]
    wanted = ax.transData.transform([(1, 1.0), (1, 0.2)])[:, 1]
    assert heights == pytest.approx(wanted, abs=3)
