"""Columns as people have them are read as the plain ones are; each refusal says its true reason and line."""

from pathlib import Path

import pytest

from etl.conll.corpus import Corpus
from etl.conll.read import conll, iob2
from etl.records import Choice, collect, of_kind

PLAIN = "Zoë\tB-PER\nran\tO\n.\tO\n\nin\tO\nRome\tB-LOC\n\n"


def rows(found: Corpus) -> tuple[list[str], list[str], list[int]]:
    return found.words.to_pylist(), found.tag_names().to_pylist(), found.starts.tolist()


def read(path: Path, text: str | bytes, **told: object) -> Corpus:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return (iob2 if path.suffix == ".iob2" else conll)(path, **told)


NUMBERED = (
    "# sent_id = a\n1-2\tZoëran\t_\n1\tZoë\tB-PER\n2\tran\tO\n2.1\tx\t_\n3\t.\tO\n\n"
    "1\tin\tO\n2\tRome\tB-LOC\n"
)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("tab at the end", PLAIN.replace("\n", "\t\n").replace("\n\t\n", "\n\n")),
        ("two tabs at the end", PLAIN.replace("\n", "\t\t\n").replace("\n\t\t\n", "\n\n")),
        ("no-break space", PLAIN.replace("\n\n", "\n\u00a0\n")),
        ("zero width", PLAIN.replace("\n\n", "\n\u200b \n")),
        ("ideographic space", PLAIN.replace("\n\n", "\n\u3000\n")),
        ("comment a sentence", "# id 1\tdomain=en\n" + PLAIN.replace("\n\n", "\n\n# text = x\n#y\n", 1)),
        ("comment inside", PLAIN.replace("ran", "# a note\nran")),
        ("carriage returns", PLAIN.replace("\n", "\r\n")),
        ("BOM", "\ufeff" + PLAIN),
        ("UTF-16", PLAIN.encode("utf-16")),
        ("four columns", PLAIN.replace("\tB", "\tx\ty\tB").replace("\tO", "\tx\ty\tO").replace("\t", " ")),
    ],
)
def test_other_columns_are_read_as_the_plain_ones_are(name: str, text: str | bytes, tmp_path: Path) -> None:
    expected = rows(read(tmp_path / "plain.conll", PLAIN))
    assert rows(read(tmp_path / "x.conll", text)) == expected, name


def test_ranges_of_words_and_empty_nodes_are_no_words(tmp_path: Path) -> None:
    expected = rows(read(tmp_path / "plain.conll", PLAIN))
    with collect() as entries:
        assert rows(read(tmp_path / "x.iob2", NUMBERED)) == expected
    assert "2 lines are ranges of words" in of_kind(entries, Choice)[0].reason
    assert rows(read(tmp_path / "x.conll", NUMBERED, word=1, tag=2)) == expected


def test_what_is_passed_over_is_told(tmp_path: Path) -> None:
    with collect() as entries:
        read(tmp_path / "x.conll", "# note\n" + PLAIN.replace("\n\n", "\n\u00a0\n"))
    told = " ".join(entry.reason for entry in of_kind(entries, Choice))
    assert "2 lines of unseen blanks" in told
    assert "1 lines are comments" in told


def test_a_tagged_hash_is_a_word(tmp_path: Path) -> None:
    found = read(tmp_path / "x.conll", "#rome\tB-LOC\n#\tO\n\nhere\tO\n\n")
    assert found.words.to_pylist() == ["#rome", "#", "here"]


@pytest.mark.parametrize("text", ["Zoë\nran\n\nRome\n", PLAIN.replace("B-", "nonsense "), "a b c\n"])
def test_words_are_read_without_their_tags(text: str, tmp_path: Path) -> None:
    found = read(tmp_path / "x.conll", text, tag=None)
    assert found.names == ("O",)
    assert found.words.to_pylist()[0] == text.split()[0]


GOOD = "Rome\tB-LOC\nis\tO\n\n" * 9


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        (GOOD + "\tO\nx\tO\n", 28, "it has a tag and no word"),
        (GOOD + "x\t\n", 28, "it has a word and no tag"),
        (GOOD + "New York B-LOC\n", 28, "its columns are 3, and most lines have 2"),
        (GOOD + "lonely\n", 28, "its columns are 1, and most lines have 2"),
        ("Rome\nis\n\n" * 9, 1, "columns of most lines are 1, too few for a word and a tag"),
        ((GOOD + "São\tB-LOC\n").encode("latin-1"), 28, "it is not UTF-8; .* --encoding latin-1"),
    ],
)
def test_each_refusal_says_its_line_and_true_reason(
    text: str | bytes, line: int, reason: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=rf"x\.conll, line {line}, cannot be read.*{reason}"):
        read(tmp_path / "x.conll", text)


def test_a_told_encoding_is_used_and_a_wrong_one_refused(tmp_path: Path) -> None:
    expected = rows(read(tmp_path / "plain.conll", PLAIN))
    assert rows(read(tmp_path / "x.conll", PLAIN.encode("latin-1"), encoding="latin-1")) == expected
    with pytest.raises(ValueError, match=r"x\.conll, line 1, is not ASCII .*--encoding"):
        read(tmp_path / "x.conll", PLAIN, encoding="ascii")


def test_a_file_without_blank_lines_is_no_sentence(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="one sentence of 180 words, as no blank line parts sentences"):
        read(tmp_path / "x.conll", PLAIN.replace("\n\n", "\n") * 36)
