"""Damage that any library raises is one line with the file's name."""

import bz2
import gzip
import io
import os
import resource
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from etl.files import for_arrow, reading, write

READERS = {
    "cut.gz": (gzip.compress(b"a,b\n" * 999)[:40], lambda p: gzip.decompress(p.read_bytes())),
    "flipped.gz": (
        gzip.compress(b"a,b\n" * 99)[:20] + b"\xff" * 30,
        lambda p: gzip.decompress(p.read_bytes()),
    ),
    "plain.gz": (b"a,b\n", lambda p: gzip.decompress(p.read_bytes())),
    "plain.bz2": (b"a,b\n", lambda p: bz2.decompress(p.read_bytes())),
    "plain.zip": (b"a,b\n", zipfile.ZipFile),
    "plain.npz": (b"PK\x03\x04 nothing", lambda p: np.load(io.BytesIO(p.read_bytes()))),
    "plain.parquet": (b"a,b\n", lambda p: pyarrow.parquet.read_table(io.BytesIO(p.read_bytes()))),
    "latin.txt": ("Zürich".encode("latin-1"), lambda p: p.read_text("utf-8")),
}


@pytest.mark.parametrize("name", READERS)
def test_damage_is_told_with_the_file_on_one_line(tmp_path: Path, name: str) -> None:
    content, read = READERS[name]
    path = tmp_path / name
    path.write_bytes(content)
    one_line = r"(?s)^[^\n]*is damaged[^\n]*; give a whole file$"
    with pytest.raises(ValueError, match=one_line) as caught, reading(path, "a whole file"):
        read(path)
    assert str(path) in str(caught.value)


def test_a_zip_that_points_before_its_beginning_is_damaged(tmp_path: Path) -> None:
    path, packed = tmp_path / "turned.npz", io.BytesIO()
    np.savez(packed, np.ones(3))
    data = bytearray(packed.getvalue())
    data[-5] += 1  # where the list of members begins, in the last record: all seem to begin earlier
    path.write_bytes(data)
    with pytest.raises(ValueError, match="is damaged"), reading(path, "a file"), path.open("rb") as file:
        np.load(file)["arr_0"]


@pytest.mark.parametrize("what", ["pipe", "device"])
def test_what_may_have_no_end_is_not_opened(tmp_path: Path, what: str) -> None:
    path = tmp_path / "x.npy"
    os.mkfifo(path) if what == "pipe" else path.symlink_to("/dev/null")
    with pytest.raises(ValueError, match="is a pipe or a device, not a file; save"), reading(path, "a file"):
        raise AssertionError("it was opened")


def test_a_missing_file_and_an_error_that_says_more_stay_as_they_are(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), reading(tmp_path, "a file"):
        (tmp_path / "none").read_text()
    with pytest.raises(ValueError, match="^line 3 has no word$"), reading(tmp_path, "a file"):
        raise ValueError("line 3 has no word")


def test_a_name_that_is_no_utf_8_is_opened_for_arrow(tmp_path: Path) -> None:
    for name in (b"plain.txt", b"odd\xff.txt"):
        path = tmp_path / os.fsdecode(name)
        path.write_bytes(b"text")
        with pa.input_stream(for_arrow(path), compression=None) as source:
            assert source.read() == b"text"


def test_what_is_in_the_way_is_named_with_its_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    wanted = r"could not write \d bytes to .*x.csv \(.*: .*file\); name a place that is in a folder"
    with pytest.raises(OSError, match=wanted):
        write(tmp_path / "file" / "x.csv", b"abc")
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2, limit[1]))
    try:
        with pytest.raises(OSError, match="limits the size of files"):
            write(tmp_path / "x.csv", b"abc")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
