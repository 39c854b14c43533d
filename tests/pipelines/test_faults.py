"""What goes wrong gives the right answer or a clear error, never a wrong number or half a run."""

import contextlib
import csv
import errno
import gzip
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from etl.engine import choose
from etl.executors import active
from etl.mortgage import audit, cut, features, generate, read
from etl.pieces import Pieces
from etl.records import collect
from pipelines.mortgage.pipeline import Config, main

pytestmark = pytest.mark.usefixtures("no_pictures")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of one good file."""
    folder = tmp_path_factory.mktemp("good")
    return b"".join(path.read_bytes() for path in sorted(generate.generate(folder, rows=50_000, seed=5)))


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "data").mkdir()
    return Config(data=tmp_path / "data", device="cpu", workers=2, out=tmp_path / "runs", trees=5)


def metrics(folder: Path) -> dict:
    return json.loads((folder / "metrics.json").read_text())


def finished(config: Config) -> list[str]:
    home = config.out / "mortgage"
    return [path.name for path in home.iterdir()] if home.exists() else []


def test_a_file_damaged_in_the_middle_loses_the_damaged_lines_only(whole: bytes, config: Config) -> None:
    lines, middle = whole.count(b"\n"), len(whole) // 2
    damaged = (
        whole[:middle] + os.urandom(3000).replace(b"\n", b"x").replace(b"\r", b"x") + whole[middle + 3000 :]
    )
    (config.data / "2017Q1.csv").write_bytes(damaged)
    folder = main(config).folder
    found = metrics(folder)
    assert 1 <= found["quarantined"] <= 20
    assert found["rows"] + found["quarantined"] == damaged.count(b"\n")
    assert lines - found["rows"] < 40
    with (folder / "quarantine.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == found["quarantined"]
    assert int(rows[0]["line"]) == damaged[:middle].count(b"\n") + 1


def test_too_many_damaged_lines_stop_the_run_and_are_kept(whole: bytes, config: Config) -> None:
    lines = whole.splitlines(keepends=True)
    lines[::20] = [b"rubbish\n"] * len(lines[::20])
    (config.data / "2017Q1.csv").write_bytes(b"".join(lines))
    with pytest.raises(ValueError, match=r"5.\d|more than the 1.0% allowed.*--bad-share"):
        main(config)
    (failed,) = finished(config)
    assert failed.startswith("failed-")
    kept = (config.out / "mortgage" / failed / "quarantine.csv").read_text()
    assert kept.count("rubbish") == len(lines[::20])
    assert metrics(main(replace(config, bad_share=0.06)).folder)["quarantined"] == len(lines[::20])


def test_a_truncated_file_loses_its_last_line(whole: bytes, config: Config) -> None:
    (config.data / "2017Q1.csv").write_bytes(whole[:-70])
    assert metrics(main(config).folder)["quarantined"] == 1


@pytest.mark.parametrize(
    ("name", "content", "error", "message"),
    [
        ("2017Q1.csv", b"", ValueError, r"2017Q1.csv is empty"),
        ("2017Q1.csv", b"id,name\n1,a\n" * 50, FileNotFoundError, r"2017Q1.csv passed over.*31"),
        (
            "2017Q1.csv",
            b"|".join([b"1"] * 31) + b"\n",
            ValueError,
            r"needs the Acquisition file of quarter 2017Q1",
        ),
        (
            "2017Q1.csv.gz",
            gzip.compress(b"|".join([b"1"] * 108) + b"\n", mtime=0)[:-5],
            ValueError,
            r"2017Q1.csv.gz is damaged",
        ),
        ("2017Q1.parquet", b"PAR1 no", ValueError, r"not a whole Parquet file"),
        ("notes.md", b"no data", FileNotFoundError, r"holds no file of loans"),
    ],
)
def test_what_is_no_loan_file_is_refused(
    name: str, content: bytes, error: type[Exception], message: str, config: Config
) -> None:
    (config.data / name).write_bytes(content)
    with pytest.raises(error, match=message):
        main(config)
    assert finished(config) == []


def test_a_file_in_another_order_is_refused(whole: bytes, config: Config) -> None:
    lines = whole.splitlines(keepends=True)
    (config.data / "2017Q1.csv").write_bytes(b"".join(lines[len(lines) // 3 :] + lines[: len(lines) // 3]))
    with pytest.raises(ValueError, match=r"is not sorted by loan"):
        main(config)
    assert finished(config) == []


def test_a_disk_that_fills_up_is_named(whole: bytes, config: Config, small_disk: Path) -> None:
    (config.data / "2017Q1.csv").write_bytes(whole)
    full = replace(config, out=small_disk, memory="300MiB")
    with pytest.raises(OSError, match=r"--out") as caught:
        main(full)
    assert caught.value.errno == errno.ENOSPC
    assert finished(full) == []


def die_once(frame: pd.DataFrame, marker: Path) -> pd.DataFrame:
    """Kill the worker that gets here first."""
    with contextlib.suppress(FileExistsError):
        marker.touch(exist_ok=False)
        os.kill(os.getpid(), signal.SIGKILL)
    return frame


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_worker_killed_while_reading_changes_nothing(whole: bytes, tmp_path: Path) -> None:
    (tmp_path / "2017Q1.csv").write_bytes(whole)
    engine = choose("cpu")
    pieces = cut.cut(tmp_path / "2017Q1.csv", tmp_path, 1 << 20)
    expected = [features.shape(read.read(piece, engine)) for piece in pieces]
    with active(engine, 2, "local") as executor, collect() as entries:
        loans = Pieces(list(pieces), executor=executor).map("read", partial(read.read, engine=engine))
        doomed = loans.map("die", partial(die_once, marker=tmp_path / "died")).map("label", features.shape)
        found = list(doomed.persist())
    assert (tmp_path / "died").exists()
    for one, other in zip(expected, found, strict=True):
        pd.testing.assert_frame_equal(one, other)
    assert audit.totals(entries).rows == whole.count(b"\n")


def test_a_worker_killed_while_training_gives_the_trees_or_a_clear_error(
    whole: bytes, tmp_path: Path
) -> None:
    (tmp_path / "2017Q1.csv").write_bytes(whole)
    # In a process of its own: XGBoost's tracker goes on complaining for a while after such a loss.
    script = Path(__file__).with_name("lost_worker.py")
    done = subprocess.run([sys.executable, str(script), str(tmp_path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["killed"], "the worker was killed while training"
    assert found["retries"], "the interruption is recorded"
    assert found["trees"] == 400
    assert found["difference"] < 0.01
