"""A published collection is found, or it is said what is missing; sizes and checksums are checked."""

from pathlib import Path

import pytest
import scipy.sparse as sp

from etl.engine import choose
from etl.text import published, uci
from etl.text.uci import Header
from tests.support.text import counts, same

CPU = choose("cpu")
COUNTS = counts(40, 12)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch) -> Path:
    """A collection named kos, of the size of the one written."""
    uci.write(COUNTS, tmp_path / "docword.kos.txt.gz")
    uci.write_terms([f"w{n}" for n in range(12)], tmp_path / "vocab.kos.txt")
    monkeypatch.setitem(published.SIZES, "kos", Header(40, 12, COUNTS.nnz))
    return tmp_path


def test_a_collection_is_read_whole_and_in_pieces(folder: Path) -> None:
    found, words = published.uci("kos", folder, CPU)
    assert same(found, COUNTS)
    assert words[11].as_py() == "w11"
    parts, again = published.uci_pieces("kos", folder, CPU, size=20)
    assert len(parts) > 1
    assert again.equals(words)
    assert same(sp.vstack(list(parts), format="csr"), COUNTS)


def test_an_unpacked_file_does_too(folder: Path) -> None:
    (folder / "docword.kos.txt.gz").unlink()
    uci.write(COUNTS, folder / "docword.kos.txt")
    assert same(published.uci("kos", folder, CPU)[0], COUNTS)


@pytest.mark.parametrize("name", ["docword.kos.txt.gz", "vocab.kos.txt"])
def test_a_missing_file_is_named_with_its_source_and_place(name: str, folder: Path) -> None:
    (folder / name).unlink()
    with pytest.raises(FileNotFoundError) as caught:
        published.uci("kos", folder, CPU)
    assert f"Download {name}" in str(caught.value)
    assert "archive.ics.uci.edu/dataset/164" in str(caught.value)
    assert str(folder) in str(caught.value)


def test_another_size_than_published_is_said(folder: Path, monkeypatch) -> None:
    monkeypatch.setitem(published.SIZES, "kos", Header(41, 12, COUNTS.nnz))
    with pytest.raises(ValueError, match=f"lines 1 to 3: 40 12 {COUNTS.nnz} .* published were 41 12"):
        published.uci("kos", folder, CPU)
    with pytest.raises(ValueError, match="'koss' is no collection of UCI's; it must be one of kos, nips"):
        published.uci("koss", folder, CPU)


def test_checksums_are_those_of_sha256sum_and_are_checked(folder: Path) -> None:
    files = [folder / "docword.kos.txt.gz", folder / "vocab.kos.txt"]
    assert published.verify(files) == []
    (folder / "abc").write_text("abc")
    published.write_sums([folder / "abc"])
    known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2, appendix B.1
    assert (folder / "SHA256SUMS").read_text() == f"{known}  abc\n"
    published.write_sums(files)
    assert published.verify(files) == files
    published.uci("kos", folder, CPU)
    (folder / "vocab.kos.txt").write_text("x\n" * 12)
    with pytest.raises(ValueError, match="vocab.kos.txt has the SHA-256 sum .* get the file again"):
        published.uci("kos", folder, CPU)
    (folder / "SHA256SUMS").write_text("nonsense\n")
    with pytest.raises(ValueError, match="SHA256SUMS, line 1: 'nonsense' should be a SHA-256 sum"):
        published.uci("kos", folder, CPU)
