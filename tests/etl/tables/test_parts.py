"""Which files a path stands for, what is passed over, and that none counts twice."""

import gzip
import os
import zipfile
from pathlib import Path

import pytest

from etl.records import collect
from etl.tables.parts import Part, listed, refuse_twins

TEXT = b"task,worker,label\n1,a,yes\n"


def test_a_folder_passes_over_what_is_no_table_and_says_so(tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv", ".DS_Store", "README.md", "notes.txt", ".hidden.csv"):
        (tmp_path / name).write_bytes(name.encode())
    with collect() as entries:
        found = listed(tmp_path, (".csv",), "votes")
    assert [part.path.name for part in found] == ["a.csv", "b.csv"]
    told = entries[0].reason
    assert all(name in told for name in (".DS_Store", "README.md", "1 more"))


@pytest.mark.parametrize("name", ["x.csv.gz", "X.CSV.BZ2", "x.csv.xz", "x.zip"])
def test_a_packed_file_is_its_bytes(tmp_path: Path, name: str) -> None:
    import bz2
    import lzma

    path = tmp_path / name
    pack = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}.get(name[-3:].lower().strip("."))
    if pack:
        path.write_bytes(pack(TEXT))
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("inner/votes.csv", TEXT)
            archive.writestr("__MACOSX/._votes.csv", b"junk")
            archive.writestr("README", b"junk")
    (part,) = listed(path, (".csv",), "votes")
    with part.open() as file:
        assert file.read() == TEXT
    assert part.kind == ".csv"


@pytest.mark.parametrize("twin", ["copy.csv", "a.csv.gz", "a.zip"])
def test_the_same_data_twice_is_refused_with_both_names(tmp_path: Path, twin: str) -> None:
    (tmp_path / "a.csv").write_bytes(TEXT * 9000)
    other = tmp_path / twin
    if twin.endswith(".gz"):
        other.write_bytes(gzip.compress(TEXT * 9000))
    elif twin.endswith(".zip"):
        with zipfile.ZipFile(other, "w") as archive:
            archive.writestr("votes.csv", TEXT * 9000)
    else:
        other.write_bytes(TEXT * 9000)
    with pytest.raises(ValueError, match="hold the same data") as caught:
        listed(tmp_path, (".csv",), "votes")
    assert all(name in str(caught.value) for name in ("a.csv", twin))


def test_files_that_only_begin_alike_are_no_twins(tmp_path: Path) -> None:
    for name, end in (("a.csv", b"x"), ("b.csv", b"y")):
        (tmp_path / name).write_bytes(TEXT * 9000 + end)
    assert len(listed(tmp_path, (".csv",), "votes")) == 2
    (tmp_path / "c.csv").touch()
    (tmp_path / "d.csv").touch()
    refuse_twins([Part(tmp_path / "c.csv"), Part(tmp_path / "d.csv")])


def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "votes.csv")
    with pytest.raises(ValueError, match="is a pipe"):
        listed(tmp_path / "votes.csv", (".csv",), "votes")


def test_a_cut_or_locked_file_is_one_line_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "votes.csv.gz"
    path.write_bytes(gzip.compress(os.urandom(5000))[:2000])
    with pytest.raises(ValueError, match="votes.csv.gz is damaged"), Part(path).open() as file:
        file.read()


def test_an_empty_folder_names_what_is_read(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no file of votes; give some that end in \.csv"):
        listed(tmp_path, (".csv",), "votes")
    with pytest.raises(FileNotFoundError, match="does not exist"):
        listed(tmp_path / "none", (".csv",), "votes")


def test_folders_dead_links_and_lock_files_are_passed_over_and_told(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(TEXT)
    (tmp_path / "~$a.xlsx").write_bytes(b"\0")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.csv").write_bytes(TEXT)
    (tmp_path / "link.csv").symlink_to(tmp_path / "nowhere")
    with collect() as entries:
        assert [part.path.name for part in listed(tmp_path, (".csv", ".xlsx"), "votes")] == ["a.csv"]
    assert all(name in entries[0].reason for name in ("sub", "link.csv", "~$a.xlsx"))


@pytest.mark.parametrize("name", ["votes.txt", "../votes.csv"])
def test_the_one_file_of_a_zip_file_is_read_whatever_its_name(name: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(name, TEXT)
    (part,) = listed(tmp_path / "a.zip", (".csv",), "votes")
    with part.open() as file:
        assert file.read() == TEXT
