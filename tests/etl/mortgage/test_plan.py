import re
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from etl.machine import GIB, MIB, Limit
from etl.mortgage.cut import text_edges
from etl.mortgage.plan import divide, loan_files, plan, training_pages
from etl.tables.parts import Part

SIZES = st.lists(st.integers(1, 40 * GIB), min_size=1, max_size=5)
ROW = st.floats(5, 500)
WORKERS = st.integers(1, 128)
MEMORY = st.one_of(st.integers(0, GIB), st.integers(0, 200 * GIB))


def divided(sizes, row, memory, workers, **more):
    files = [(Path(f"{place}.csv"), size) for place, size in enumerate(sizes)]
    rows = max(1, int(sum(sizes) / row))
    return rows, divide(files, rows, row, limit=Limit(memory, "the test says so"), workers=workers, **more)


@given(SIZES, ROW, MEMORY, WORKERS)
def test_pieces_cover_the_input_and_stay_within_the_memory(sizes, row, memory, workers):
    if memory < 256 * MIB / 0.9 + workers * 5 * MIB / 0.9 - 1:
        with pytest.raises(MemoryError, match="the test says so"):
            divided(sizes, row, memory, workers)
        return
    rows, made = divided(sizes, row, memory, workers)
    assert made.pieces * made.piece_bytes >= sum(sizes)
    assert made.rows_per_piece * row <= made.piece_bytes or made.rows_per_piece == 1
    assert made.feature_bytes == rows * 125
    flight = workers * made.piece_bytes * 5 * max(1, 100 / row)
    assert flight + made.feature_bytes * made.in_memory <= memory
    assert made.peak_bytes <= memory
    assert not made.in_memory or made.feature_bytes + rows * 52 <= memory
    assert made.piece_bytes <= 64 * MIB
    assert len(made.reasons) == 4


@given(SIZES, st.floats(100, 500), MEMORY, WORKERS)
def test_every_worker_has_two_pieces_where_they_are_worthwhile(sizes, row, memory, workers):
    assume(sum(sizes) >= 2 * workers * 4 * MIB)
    try:
        _, made = divided(sizes, row, memory, workers)
    except MemoryError:
        return
    assert made.pieces >= 2 * workers


@given(SIZES, ROW, st.integers(200 * MIB, GIB), WORKERS)
def test_the_remedy_of_too_little_memory_works(sizes, row, memory, workers):
    try:
        divided(sizes, row, memory, workers)
        return
    except MemoryError as error:
        found = re.search(r"--workers (\d+)", str(error))
    if found:
        assert 1 <= int(found[1]) < workers
        assert divided(sizes, row, memory, int(found[1]))[1].pieces >= 1
    else:
        with pytest.raises(MemoryError):
            divided(sizes, row, memory, 1)


@given(SIZES, ROW, st.integers(GIB, 64 * GIB), st.integers(1, 16), st.integers(1, GIB))
def test_held_memory_is_taken_off(sizes, row, memory, workers, held):
    try:
        _, made = divided(sizes, row, memory, workers, held=held)
    except MemoryError:
        with pytest.raises(MemoryError):
            divided(sizes, row, memory - int(held / 0.9), workers)
        return
    flight = workers * made.piece_bytes * 5 * max(1, 100 / row)
    assert held + flight + made.feature_bytes * made.in_memory <= memory


def test_plenty_of_memory_takes_the_usual_piece():
    _, made = divided([35 * 10**9], 272, 200 * GIB, 16)
    assert (made.piece_bytes, made.in_memory) == (32 * MIB, True)
    assert "the usual size" in made.reasons[1]


def test_little_memory_spools_and_says_so():
    _, made = divided([35 * 10**9], 272, 4 * GIB, 16)
    assert not made.in_memory
    assert "spooled to disk" in made.reasons[3]
    assert "pages" in made.reasons[3]
    assert "the test says so" in made.reasons[0]


def test_held_memory_makes_pieces_smaller():
    made = divided([10 * GIB], 272, 4 * GIB, 4, held=3200 * MIB)[1]
    assert 3200 * MIB + 4 * 5 * made.piece_bytes <= 4 * GIB
    assert "at once stay within the memory" in made.reasons[1]


def test_features_stay_only_where_the_copy_of_the_trees_fits_too():
    rows, made = divided([18_000_000 * 272], 272, 4 * GIB, 4)
    assert (rows * 125 < 3.3 * GIB, made.in_memory) == (True, False)
    assert "pages" not in made.reasons[3]


def test_a_small_file_is_cut_into_worthwhile_pieces():
    assert divided([9 * MIB], 272, 8 * GIB, 16)[1].pieces == 3


def test_a_row_of_a_compressed_file_counts_as_a_row_of_text():
    text, packed = (divided([10 * GIB], row, 200 * GIB, 4)[1] for row in (100, 10))
    assert packed.rows_per_piece == text.rows_per_piece


@pytest.mark.parametrize(("sizes", "workers"), [([0], 1), ([100], 0), ([100], -1)])
def test_nothing_to_plan_for_is_refused(sizes, workers):
    with pytest.raises(ValueError, match="cannot plan"):
        divided(sizes, 10, GIB, workers)


def combined(path: Path, loans: int, months: int) -> Path:
    """A file of the combined layout: loans of so many months, 108 fields."""
    fields = "|".join(["7"] * 105)
    path.write_text(
        "".join(
            f"|{100 + loan}|{m % 12 + 1:02}2017|{fields}\n" for loan in range(loans) for m in range(months)
        )
    )
    return path


def test_the_real_cut_makes_the_planned_pieces(tmp_path):
    path = combined(tmp_path / "2017Q1.csv", 2500, 32)
    made = plan([Part(path)], limit=Limit(8 * GIB, "asked for"), workers=4)
    edges = text_edges(path, 108, made.piece_bytes)
    assert made.pieces == 5
    assert len(edges) - 1 == pytest.approx(made.pieces, abs=1)


def test_files_of_loans_are_held_and_not_cut(tmp_path):
    months, loans = tmp_path / "Performance_2000Q1.txt", tmp_path / "Acquisition_2000Q1.txt"
    months.write_text(("|".join(["1"] * 31) + "\n") * 400)
    loans.write_text(("|".join(["1"] * 25) + "\n") * 30)
    found, held = loan_files([Part(loans), Part(months)])
    assert [one.part.path for one in found] == [months]
    assert held == 5 * loans.stat().st_size
    made = plan([Part(loans), Part(months)], limit=Limit(8 * GIB, "asked for"), workers=2)
    assert made.feature_bytes == 400 * 125
    with pytest.raises(FileNotFoundError, match="Performance files are missing"):
        plan([Part(loans)], limit=Limit(8 * GIB, "asked for"), workers=2)


def test_a_foreign_file_is_named(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("a|b\n")
    with pytest.raises(ValueError, match="has 2 fields") as caught:
        plan([Part(path)], limit=Limit(8 * GIB, "asked for"), workers=2)
    assert str(path) in str(caught.value)


def test_training_needs_pages_once_the_copy_does_not_fit():
    answers = [training_pages(rows, 28, Limit(4 * GIB, "asked for")) for rows in (10**6, 10**9)]
    assert [paged for paged, _ in answers] == [False, True]
    assert "156.4 MiB" in answers[0][1]
    assert "pages on disk" in answers[1][1]
