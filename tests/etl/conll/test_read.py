"""Sentences read are those that a plain loop finds; what cannot be read is counted, or said."""

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from etl.conll.corpus import Corpus, build, concat
from etl.conll.gmb import gmb
from etl.conll.read import conll, iob2
from etl.records import Choice, Rejected, collect, of_kind
from tests.support.real import present


def plain(corpus: Corpus) -> list[list[tuple[str, str]]]:
    rows = list(zip(corpus.words.to_pylist(), corpus.tag_names().to_pylist(), strict=True))
    return [rows[begin:end] for begin, end in zip(corpus.starts[:-1], corpus.starts[1:], strict=True)]


def slow(path: Path, columns: tuple[int, int], comments: bool) -> list[list[tuple[str, str]]]:
    """The oracle: a loop over lines, in which a line that cannot be read takes its sentence with it."""
    found: list[list[tuple[str, str]]] = [[]]
    lost: set[int] = set()
    for line in path.read_text(encoding="utf-8").split("\n"):
        if not line.strip(" \t") or line.startswith("-DOCSTART-"):
            found.append([])
        elif not (comments and line.startswith("#")):
            fields = line.split("\t") if "\t" in line else line.split(" ")
            word, tag = (fields[column].strip(" ") for column in columns)
            if word and re.fullmatch("O|[BI]-.+", tag):
                found[-1].append((word, tag))
            else:
                lost.add(len(found) - 1)
    return [sentence for number, sentence in enumerate(found) if sentence and number not in lost]


def write(path: Path, text: str) -> Path:
    path.write_bytes(text.encode())
    return path


# File, sentences, tokens, types, lines set aside.
REAL = [
    ("wnut17/wnut17train.conll", 3394, 62730, 6, 0),
    ("wnut17/emerging.dev.conll", 1009, 15733, 6, 0),
    ("wnut17/emerging.test.annotated", 1287, 23394, 6, 0),
    ("wikigold/wikigold.conll.txt", 1696, 39007, 4, 0),
    ("btc/a.conll", 1000, 16612, 3, 0),
    ("btc/b.conll", 2000, 30825, 3, 0),
    ("btc/e.conll", 200, 3981, 3, 0),
    ("btc/f.conll", 1999, 35393, 3, 2),
    ("btc/g.conll", 2138, 34062, 3, 0),
    ("btc/h.conll", 1998, 29431, 3, 4),
    ("uner_zh_gsdsimp/zh_gsdsimp-ud-train.iob2", 3997, 98616, 3, 0),
    ("uner_zh_gsdsimp/zh_gsdsimp-ud-dev.iob2", 500, 12663, 3, 0),
    ("uner_zh_gsdsimp/zh_gsdsimp-ud-test.iob2", 500, 12012, 3, 0),
]


@pytest.mark.parametrize(("name", "sentences", "tokens", "types", "aside"), REAL)
def test_real_files_are_read_as_a_loop_reads_them(
    name: str, sentences: int, tokens: int, types: int, aside: int, real_ner: Path
) -> None:
    comments = name.endswith("iob2")
    path = present(real_ner / name)
    with collect() as entries:
        corpus = (iob2 if comments else conll)(path)
    assert (len(corpus), corpus.tokens) == (sentences, tokens)
    assert len({tag[2:] for tag in corpus.names if tag != "O"}) == types
    assert sum(entry.rows for entry in of_kind(entries, Rejected)) == aside
    assert plain(corpus) == slow(path, (1, 2) if comments else (0, -1), comments)


def test_the_groningen_meaning_bank_is_read_as_pandas_reads_it(real_ner: Path) -> None:
    path = present(real_ner / "gmb" / "ner_dataset.csv.zip")
    corpus = gmb(path, "latin-1")
    frame = pd.read_csv(path, encoding="latin-1", keep_default_na=False)
    named = np.flatnonzero(frame["Sentence #"] != "")
    assert (len(corpus), corpus.tokens, len(corpus.names)) == (47_959, 1_048_575, 17)
    assert corpus.words.to_pylist() == frame["Word"].tolist()
    assert corpus.tag_names().to_pylist() == frame["Tag"].tolist()
    assert corpus.starts.tolist() == [*named.tolist(), len(frame)]
    assert corpus.ids.to_pylist() == frame["Sentence #"].iloc[named].tolist()


def test_ids_of_sentences_are_the_file_s(real_ner: Path) -> None:
    path = real_ner / "uner_zh_gsdsimp" / "zh_gsdsimp-ud-dev.iob2"
    said = re.findall(r"^# sent_id = (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert iob2(path).ids.to_pylist() == said


def test_a_sentence_without_an_id_has_none(tmp_path: Path) -> None:
    text = "1\ta\tO\n\n# sent_id = two\n# text = b\n1\tb\tO\n\n# sent_id = lost\n\n1\tc\tO\n"
    assert iob2(write(tmp_path / "x.iob2", text)).ids.to_pylist() == [None, "two", None]
    late = "1\ta\tO\n# sent_id = late\n2\tb\tO\n"
    assert iob2(write(tmp_path / "y.iob2", late)).ids.to_pylist() == [None]


def test_marks_breaks_and_columns(tmp_path: Path) -> None:
    text = (
        "\ufeff-DOCSTART- -X- -X- O\r\n\r\nEU NNP  B-NP B-ORG\r\nrejects VBZ B-VP O\r\n \t\r\n"
        "-DOCSTART- -X- -X- O\r\n#1\tCD\tI-NP\tO\r\na b\tCD\tI-NP\tO\r\n"
    )
    path = write(tmp_path / "x.conll", text)
    expected = [[("EU", "B-ORG"), ("rejects", "O")], [("#1", "O"), ("a b", "O")]]
    assert plain(conll(path)) == expected
    assert plain(conll(path, word=1, tag=2))[0] == [("NNP", "B-NP"), ("VBZ", "B-VP")]


BAD = {
    "one column": b"word",
    "a column too many": b"New York O",
    "no word": b"\tO",
    "a word of blanks": b" \tO",
    "no tag": b"word\t",
    "no tag known": b"word\tX-LOC",
    "no UTF-8": b"caf\xe9\tO",
}


@pytest.mark.parametrize("line", BAD.values(), ids=BAD)
def test_the_sentence_of_a_bad_line_is_set_aside_whole_and_counted(line: bytes, tmp_path: Path) -> None:
    good = b"word\tB-LOC\n" * 60
    (tmp_path / "x.conll").write_bytes(good + line + b"\n" + good + b"\n" + good)
    with collect() as entries:
        corpus = conll(tmp_path / "x.conll")
    assert [(entry.line, entry.rows) for entry in of_kind(entries, Rejected)] == [(61, 1)]
    assert "1 sentences are set aside whole" in " ".join(entry.reason for entry in of_kind(entries, Choice))
    assert corpus.lengths.tolist() == [60]
    assert corpus.names == ("B-LOC",)


@pytest.mark.parametrize("line", BAD.values(), ids=BAD)
def test_many_bad_lines_are_an_error_that_names_the_first(line: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.conll").write_bytes(b"word\tO\n" * 20 + b"\n" + line + b"\n" + line + b"\n")
    with pytest.raises(ValueError, match=r"x\.conll, line 22, .* 1 more of 22 lines"):
        conll(tmp_path / "x.conll")


def test_one_line_in_a_hundred_may_be_bad(tmp_path: Path) -> None:
    assert conll(write(tmp_path / "x.conll", "w\tO\n\n" * 99 + "bad\n")).tokens == 99
    with pytest.raises(ValueError, match=r"line 197, .* 0 more of 99 lines"):
        conll(write(tmp_path / "x.conll", "w\tO\n\n" * 98 + "bad\n"))


@pytest.mark.parametrize("read", [conll, iob2, gmb])
def test_what_is_no_file_or_empty_is_said(read: Callable[[Path], Corpus], tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="is no file"):
        read(tmp_path / "none")
    empty = write(tmp_path / "empty", "Sentence #,Word,Tag\n" if read is gmb else "\n\n")
    with pytest.raises(ValueError, match="holds no tokens"):
        read(empty)


def csv(rows: list[str]) -> str:
    return "\r\n".join(["Sentence #,Word,POS,Tag", *rows, ""])


def test_bad_rows_of_the_csv_are_set_aside_and_counted(tmp_path: Path) -> None:
    words = [",w,NN,O"] * 150
    more = ["Sentence: 5,F,NN,O"] + [",w,NN,O"] * 150
    rows = [",early,NN,O", "Sentence: 1,A,NN,O", *words, ",short,O", ",,NN,O", *words, "Sentence: 2,B,NN,O"]
    rows += ["Sentence: 3,short,O", ",C,NN,O", "Sentence: 4,D,NN,O", ",E,NN,O", *more]
    with collect() as entries:
        corpus = gmb(write(tmp_path / "x.csv", csv(rows)))
    lines = [entry.line for entry in of_kind(entries, Rejected)]
    assert lines == [2, 154, 155, 307]
    assert corpus.lengths.tolist() == [1, 2, 151]
    assert corpus.ids.to_pylist() == ["Sentence: 2", "Sentence: 4", "Sentence: 5"]


@pytest.mark.parametrize("bad", [",short,O", ",,NN,O", ",w,NN,"])
def test_many_bad_rows_of_the_csv_are_an_error_that_names_the_line(bad: str, tmp_path: Path) -> None:
    rows = ["Sentence: 1,A,NN,O", ",w,NN,O", bad, ",w,NN,O", bad]
    with pytest.raises(ValueError, match=r"x\.csv, line 4, .* 1 more of 5 lines"):
        gmb(write(tmp_path / "x.csv", csv(rows)))


def test_other_files_than_the_csv_are_said(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no column Tag; it has Sentence #, Word$"):
        gmb(write(tmp_path / "x.csv", "Sentence #,Word\n1,a\n"))
    with pytest.raises(ValueError, match="damaged"):
        gmb(write(tmp_path / "x.zip", "no zip"))
    with zipfile.ZipFile(tmp_path / "y.zip", "w") as archive:
        archive.writestr("readme.txt", "nothing")
    with pytest.raises(FileNotFoundError, match="holds no file of tagged sentences"):
        gmb(tmp_path / "y.zip")


FEW = build(list("abcdef"), ["O", "B-X", "I-X", "O", "B-A", "O"], [0, 1, 1, 4, 4, 4])


@pytest.mark.parametrize("rows", [[2, 0], [0, 0, -1], slice(1, None), [True, False, True], [], 1])
def test_sentences_are_taken_as_from_a_list(rows: object) -> None:
    chosen = np.atleast_1d(np.arange(3)[np.array(rows, int) if rows == [] else rows])
    assert plain(FEW[np.array(rows, int) if rows == [] else rows]) == [plain(FEW)[row] for row in chosen]


def test_a_sentence_that_is_not_there_is_an_error() -> None:
    with pytest.raises(IndexError):
        FEW.take([3])


def test_tags_are_coded_by_the_names_of_another_corpus() -> None:
    names = ("B-A", "O", "S-A", "I-X", "B-X")
    assert FEW.named(names).tags.tolist() == [1, 4, 3, 1, 0, 1]
    assert plain(FEW.named(names)) == plain(FEW)
    with pytest.raises(ValueError, match="names hold no B-A, I-X"):
        FEW.named(("O", "B-X"))


def test_corpora_are_joined_whatever_their_tags() -> None:
    other = build(["g"], ["S-A"], [0])
    joined = concat([FEW, other, FEW[:1]])
    assert plain(joined) == plain(FEW) + plain(other) + plain(FEW[:1])
    assert joined.names == ("O", "B-A", "S-A", "B-X", "I-X")
    with pytest.raises(ValueError, match="no parts"):
        concat([])
