"""Sizes that a file declares are held against its bytes and the memory before any is asked for."""

import gzip
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import psutil
import pytest
from scipy.sparse import csr_matrix, save_npz

from etl.text import npz, svmlight, uci

LINES = "0 1:2 5:1\n0 3:1\n"


def npy(**header: object) -> bytes:
    """An array that declares what is given, and holds three numbers."""
    file = BytesIO()
    told = {"descr": "<i4", "fortran_order": False, "shape": (3,)} | header
    np.lib.format.write_array_header_1_0(file, told)
    return file.getvalue() + np.array([0, 1, 2], "<i4").tobytes()


def edited(path: Path, **members: bytes) -> Path:
    """A good file of counts, some of whose members are others."""
    save_npz(path, csr_matrix(np.array([[1, 0, 2], [0, 1, 0]])))
    with zipfile.ZipFile(path) as archive:
        held = {name.removesuffix(".npy"): archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in (held | members).items():
            archive.writestr(f"{name}.npy", data)
    return path


def shape(*sizes: int) -> bytes:
    file = BytesIO()
    np.save(file, np.array(sizes))
    return file.getvalue()


def refused(read: Callable[[], object], message: str) -> None:
    """Refused with this message, with next to no memory."""
    before = psutil.Process().memory_info().rss
    with pytest.raises(ValueError, match=message) as caught:
        list(read())  # type: ignore[call-overload]
    assert "\n" not in str(caught.value)
    assert psutil.Process().memory_info().rss - before < 100 << 20


LONG = [pytest.param("1" * length, id=str(length)) for length in (16, 41, 5000)]


@pytest.mark.parametrize("digits", ["2000000000", "4294967299", *LONG])
@pytest.mark.parametrize("zipped", [True, False])
def test_a_words_number_in_svmlight(digits: str, zipped: bool, tmp_path: Path) -> None:
    path = tmp_path / ("a.svm.gz" if zipped else "a.svm")
    text = f"{LINES}0 {digits}:1\n{LINES}".encode()
    path.write_bytes(gzip.compress(text) if zipped else text)
    refused(lambda: svmlight.blocks(path), r"a\.svm(\.gz)?, line 3, by its word \d+: it declares .* words")


def test_great_numbers_that_are_no_words_are_let_through(tmp_path: Path) -> None:
    path = tmp_path / "a.svm"
    path.write_text("123456789012 1:2 9000000:1\n0 3:1 # 99999999999:1\n")
    (counts,) = svmlight.blocks(path)
    assert (counts.shape, int(counts.sum())) == ((2, 9_000_000), 4)


@pytest.mark.parametrize(
    ("name", "members", "message"),
    [
        ("words", {"shape": shape(2, 2**40)}, "it declares 1,099,511,627,776 words"),
        ("negative", {"shape": shape(2, -5)}, "it declares -5 words"),
        ("rows", {"indptr": npy(shape=(2**40,))}, "indptr declares the shape .*, and has fewer bytes"),
        ("more rows", {"shape": shape(2**40, 3)}, "indptr does not cut"),
        ("three sizes", {"shape": shape(2, 3, 4)}, "is no such thing"),
        ("floats", {"indptr": npy(descr="<f4")}, "is no such thing"),
        ("cut", {"indices": b"\x93NUMPY"}, "is damaged or not what its name says"),
        ("objects", {"shape": npy(descr="|O")}, "[Oo]bject"),
    ],
)
def test_shapes_in_npz(name: str, members: dict[str, bytes], message: str, tmp_path: Path) -> None:
    path = edited(tmp_path / "a.npz", **members)
    refused(lambda: npz.blocks(path), message)


@pytest.mark.parametrize(
    ("head", "line", "what"),
    [
        ("1000000000\n3\n2\n", 1, "documents"),
        ("2\n9000000000\n2\n", 2, "words"),
        ("2\n" + "9" * 60 + "\n2\n", 2, "words"),
    ],
)
def test_the_header_of_uci(head: str, line: int, what: str, tmp_path: Path) -> None:
    path = tmp_path / "docword.a.txt"
    path.write_text(f"{head}1 1 2\n2 3 1\n")
    refused(lambda: uci.blocks(path), rf"docword\.a\.txt, line {line}: it declares .* {what}")


@pytest.mark.parametrize("name", ["a.svm.gz", "docword.a.txt.gz", "a.npz"])
@pytest.mark.parametrize("share", [0.3, 0.7, 0.95])
def test_a_file_that_is_cut_is_one_line_that_names_it(name: str, share: float, tmp_path: Path) -> None:
    path, counts = tmp_path / name, csr_matrix(np.random.default_rng(0).poisson(0.3, (300, 50)))
    write = {"a.svm.gz": svmlight.write, "docword.a.txt.gz": uci.write, "a.npz": npz.write}[name]
    write(counts, path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    blocks = {"a.svm.gz": svmlight.blocks, "docword.a.txt.gz": uci.blocks, "a.npz": npz.blocks}[name]
    refused(lambda: blocks(path), name)
