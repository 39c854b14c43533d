"""Generated files: the same bytes by seed, the traps of the real files, and risks that make sense."""

import csv
import itertools
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import psutil
import pytest

from etl.engine import choose
from etl.mortgage import audit, cut, features, generate, read, simulate
from etl.mortgage.files import unpack
from etl.mortgage.schema import ACQUISITION, COMBINED, PERFORMANCE
from etl.records import collect
from etl.tables.parts import Part
from tests.support.waiting import LIMIT, until

ROOT = Path(__file__).parents[3]


def rows_of(path: Path, names: tuple[str, ...]) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        lines = list(csv.reader(file, delimiter="|", quoting=csv.QUOTE_NONE))
    assert {len(line) for line in lines} == {len(names)}
    return [dict(zip(names, line, strict=True)) for line in lines]


@pytest.fixture(scope="module")
def combined(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Path], list[dict[str, str]]]:
    files = generate.generate(tmp_path_factory.mktemp("combined"), rows=60_000, seed=1)
    return files, [row for path in files for row in rows_of(path, COMBINED[:108])]


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return generate.generate(tmp_path_factory.mktemp("old"), rows=30_000, layout="old", seed=1)


def test_the_seed_decides_every_byte(tmp_path: Path) -> None:
    made = {}
    for name, seed, workers in (("one", 3, 1), ("two", 3, 2), ("other", 4, 2)):
        files = generate.generate(tmp_path / name, rows=10_000, seed=seed, workers=workers)
        made[name] = [path.read_bytes() for path in files]
    assert made["one"] == made["two"]
    assert made["one"] != made["other"]


def test_as_many_rows_as_were_asked_for_and_no_loan_twice(combined) -> None:
    files, rows = combined
    assert len(rows) == pytest.approx(60_000, rel=0.06)
    loans = [[row["loan_id"] for row in rows_of(path, COMBINED[:108])] for path in files]
    for one in loans:
        assert one == sorted(one)
        assert all(len(loan) == 12 for loan in one)
    assert sum(len(set(one)) for one in loans) == len({loan for one in loans for loan in one})


def test_newer_files_have_113_fields(tmp_path: Path) -> None:
    for path in generate.generate(tmp_path, rows=2_000, fields=113):
        rows_of(path, COMBINED)


def test_the_combined_layout_has_the_traps(combined) -> None:
    rows = combined[1]
    young = [row for row in rows if row["loan_age"] and int(row["loan_age"]) < 5]
    assert {row["current_actual_upb"] for row in young} == {"0.00"}
    codes = Counter(row["zero_balance_code"] for row in rows)
    assert {"", "01", "03", "09"} <= set(codes)
    gone = [row for row in rows if row["zero_balance_code"]]
    unknown = [row for row in gone if row["current_loan_delinquency_status"] == "XX"]
    assert {row["current_loan_delinquency_status"] for row in gone} == {"XX", "00"}
    assert max(int(row["monthly_reporting_period"][2:]) for row in unknown) == 2020
    assert {row["loan_age"] for row in gone} == {""}
    assert {row["mod_flag"] for row in rows} == {"Y", "N", ""}
    assert 0.005 < np.mean([row["dti"] == "" for row in rows]) < 0.05
    assert len({row["seller_name"] for row in rows if "MORGAN" in row["seller_name"].upper()}) > 1
    months = [
        int(row["monthly_reporting_period"][2:]) * 12 + int(row["monthly_reporting_period"][:2])
        for row in rows
    ]
    same = np.array([a["loan_id"] == b["loan_id"] for a, b in itertools.pairwise(rows)])
    steps = np.diff(months)[same]
    assert set(steps) > {1}, "some loans have gaps"
    assert steps.min() == 1


def test_the_old_layout_has_the_traps(old: list[Path]) -> None:
    performance = [row for path in old if "Perf" in path.name for row in rows_of(path, PERFORMANCE)]
    loans = [row for path in old if "Acq" in path.name for row in rows_of(path, ACQUISITION[:25])]
    assert {row["loan_id"] for row in performance} == {row["loan_id"] for row in loans}
    (longest, _), *_ = Counter(row["loan_id"] for row in performance).most_common(1)
    first = [row["monthly_reporting_period"] for row in performance if row["loan_id"] == longest]
    assert first == sorted(first), "months are in the order of their strings"
    assert first[0][:5] == first[1][:5] == "01/01"
    assert "-2" in {row["current_loan_delinquency_status"] for row in performance}
    assert "" in {row["current_actual_upb"] for row in performance}
    assert {row["zero_balance_code"] for row in performance} >= {"NULL", "01"}


@pytest.mark.parametrize("layout", ["combined", "old"])
def test_the_reader_takes_every_line(layout: str, combined, old: list[Path], tmp_path: Path) -> None:
    folder = combined[0][0].parent if layout == "combined" else old[0].parent
    with collect() as entries:
        shaped = [
            features.shape(read.read(piece, choose("cpu"))) for piece in cut.cut(folder, tmp_path, 1 << 22)
        ]
    assert audit.rejected(entries) == []
    audit.check_whole(entries)
    label = np.concatenate([frame["label"] for frame in shaped])
    assert 0.005 < label.mean() < 0.06


def test_shares_are_those_of_the_real_file(real_mortgage: Path, combined, tmp_path: Path) -> None:
    path = unpack(Part(real_mortgage / "2017Q1.csv.gz"), tmp_path)
    real, made = rows_of(path, COMBINED[:108]), combined[1]

    def share(rows: list[dict[str, str]], name: str, *values: str) -> float:
        return float(np.mean([row[name] in values for row in rows]))

    assert share(made, "current_actual_upb", "0.00") == pytest.approx(
        share(real, "current_actual_upb", "0.00"), abs=0.06
    )
    assert share(made, "current_loan_delinquency_status", "00") == pytest.approx(
        share(real, "current_loan_delinquency_status", "00"), abs=0.06
    )
    assert share(made, "zero_balance_code", "01") == pytest.approx(
        share(real, "zero_balance_code", "01"), abs=0.012
    )
    for name in {name for name in COMBINED[:108] if share(real, name, "") < 0.5} & set(features.FEATURES):
        assert share(made, name, "") < 0.6, f"{name} is mostly there in the real file"
    empty = [sum(share(rows, name, "") == 1 for name in COMBINED[:108]) for rows in (real, made)]
    assert empty[0] == 52
    assert 45 <= empty[1] <= 80


def test_worse_loans_and_worse_years_default_more() -> None:
    rng = np.random.default_rng(0)
    loans = simulate.draw(rng, 20_000, 2013 * 12)
    months = simulate.simulate(rng, loans).months
    ever = np.zeros(20_000, bool)
    ever[months["loan"][months["status"] >= 3]] = True
    by_score = [ever[loans["score"] < 690].mean(), ever[loans["score"] > 780].mean()]
    assert by_score[0] > 3 * by_score[1]
    fresh = (months["status"] == 1)[1:] & (months["status"] == 0)[:-1] & (np.diff(months["loan"]) == 0)
    bad = simulate.cycle(months["month"][1:]) > 3
    calm = simulate.cycle(months["month"][1:]) < 1.2
    assert fresh[bad].mean() > 2 * fresh[calm].mean()


def test_a_second_call_does_nothing_and_another_replaces(tmp_path: Path, capsys) -> None:
    first = generate.generate(tmp_path, rows=3_000, seed=1)
    stamps = [path.stat().st_mtime_ns for path in first]
    (tmp_path / "mine.txt").write_text("kept")
    assert generate.generate(tmp_path, rows=3_000, seed=1) == first
    assert "already holds" in capsys.readouterr().out
    assert [path.stat().st_mtime_ns for path in first] == stamps
    generate.generate(tmp_path, rows=3_000, seed=2, layout="old")
    assert {path.name[:4] for path in tmp_path.iterdir()} == {"Acqu", "Perf", "mani", "mine"}
    with pytest.raises(ValueError, match="at least 1"):
        generate.generate(tmp_path, rows=0)


def wait_for_bytes(folder: Path, process: subprocess.Popen) -> None:
    """Until a file is being written."""

    def begun() -> bool:
        return process.poll() is not None or any(path.stat().st_size for path in folder.glob(".*.partial"))

    until(begun)
    assert process.poll() is None, "it ended by itself"


def test_a_killed_call_leaves_no_file_that_looks_whole(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "etl.mortgage.generate",
        "--rows",
        "4000000",
        "--out",
        str(tmp_path),
        "--workers",
        "1",
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, start_new_session=True) as process:
        try:
            wait_for_bytes(tmp_path, process)
        finally:
            os.killpg(process.pid, signal.SIGKILL)
    for path in tmp_path.glob("*.csv"):
        assert path.read_bytes().endswith(b"\n")
    again = generate.generate(tmp_path, rows=2_000)
    assert {path.name for path in tmp_path.iterdir()} == {"manifest.json", *(path.name for path in again)}


def test_a_call_that_failed_is_made_again(small_disk: Path) -> None:
    for _ in range(2):
        with pytest.raises(OSError, match="No space left"):
            generate.generate(small_disk, rows=100_000)
        assert [path.name for path in small_disk.iterdir()] == ["manifest.json"]


def test_workers_end_with_a_killed_parent(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "etl.mortgage.generate", "--rows", "40000000", "--out", str(tmp_path)]
    with subprocess.Popen([*command, "--workers", "2"], cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        try:
            wait_for_bytes(tmp_path, process)
            children = psutil.Process(process.pid).children()
            workers = [child for child in children if any("spawn_main" in word for word in child.cmdline())]
        finally:
            process.kill()
    assert workers
    assert psutil.wait_procs(workers, timeout=LIMIT)[1] == []
