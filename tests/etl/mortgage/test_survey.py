import gzip
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from etl.mortgage.survey import SAMPLE, estimate
from etl.tables.parts import Part


def lines(count: int, seed: int = 0) -> bytes:
    """Lines of 31 fields and 60 to 160 bytes."""
    chance = random.Random(seed)
    return b"".join(
        b"|".join([str(chance.getrandbits(8 + chance.randrange(80))).encode()] + [b"1"] * 30) + b"\n"
        for _ in range(count)
    )


@pytest.mark.parametrize("end", [b"", b"1|2"])
def test_a_small_file_is_counted_exactly(tmp_path, end):
    path = tmp_path / "a.txt"
    path.write_bytes(lines(50) + end)
    found = estimate(Part(path))
    assert (found.bytes, found.rows, found.fields) == (path.stat().st_size, 50 + bool(end), 31)


def test_a_large_file_is_estimated_from_its_start(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(lines(20_000))
    found = estimate(Part(path))
    assert path.stat().st_size > 4 * SAMPLE
    assert found.bytes == path.stat().st_size
    assert found.rows == pytest.approx(20_000, rel=0.02)


@pytest.mark.parametrize("members", [1, 40])
def test_gzip_is_estimated_by_the_ratio_of_its_start(tmp_path, members):
    text = lines(80_000)
    step = len(text) // members + 1
    path = tmp_path / "a.txt.gz"
    path.write_bytes(b"".join(gzip.compress(text[a : a + step]) for a in range(0, len(text), step)))
    assert path.stat().st_size > 2 * SAMPLE
    found = estimate(Part(path))
    assert found.bytes == pytest.approx(len(text), rel=0.05)
    assert found.rows == pytest.approx(80_000, rel=0.05)
    assert found.fields == 31


def test_a_small_gzip_file_is_counted_exactly(tmp_path):
    path = tmp_path / "a.txt.gz"
    path.write_bytes(gzip.compress(lines(70)) + gzip.compress(lines(30, seed=1)))
    assert (estimate(Part(path)).bytes, estimate(Part(path)).rows) == (
        len(lines(70) + lines(30, seed=1)),
        100,
    )


def test_text_that_packs_to_nothing_is_not_unpacked_whole(tmp_path):
    path = tmp_path / "a.txt.gz"
    with gzip.open(path, "wb") as file:
        for _ in range(160):
            file.write(b"1|2\n" * (1 << 18))
    assert estimate(Part(path)).rows == pytest.approx(160 << 18, rel=0.05)


def test_parquet_rows_are_exact(tmp_path):
    path = tmp_path / "a.parquet"
    pyarrow.parquet.write_table(pa.table({"loan_id": list(range(1234))}), path)
    found = estimate(Part(path))
    assert (found.rows, found.bytes, found.fields) == (1234, path.stat().st_size, 0)


@pytest.mark.parametrize(
    ("name", "content", "cause"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv.gz", gzip.compress(b"", mtime=0), "is empty"),
        ("a.csv.gz", b"1|2|3\n", "is not a whole gz file"),
        ("a.parquet", b"1|2|3\n", "is not a whole Parquet file"),
    ],
)
def test_a_file_that_is_not_one_is_named_with_the_remedy(tmp_path, name, content, cause):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ValueError, match=cause) as caught:
        estimate(Part(path))
    assert str(path) in str(caught.value)
    assert "fetch it again" in str(caught.value)


def test_an_empty_parquet_file_is_refused(tmp_path):
    path = tmp_path / "a.parquet"
    pyarrow.parquet.write_table(pa.table({"loan_id": pa.array([], pa.int64())}), path)
    with pytest.raises(ValueError, match="is empty"):
        estimate(Part(path))


def test_a_real_file_is_estimated_to_a_twentieth(real_mortgage: Path):
    path = real_mortgage / "2017Q1.csv.gz"
    text = gzip.decompress(path.read_bytes())
    found = estimate(Part(path))
    assert found.bytes == pytest.approx(len(text), rel=0.05)
    assert found.rows == pytest.approx(text.count(b"\n"), rel=0.05)
    assert found.fields == 108
