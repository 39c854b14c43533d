"""WordNet's nouns: lines in its own format, and the published ancestors of 200 classes."""

import gzip
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from etl.hierarchy.wordnet import parse, read

LICENCE = "  1 This software and database is being provided to you, the LICENSEE, by  \n"
ENTITY = "00000010 03 n 01 entity 0 001 ~ 00000020 n 0000 | that which exists  \n"
ANIMAL = '00000020 03 n 02 animal 0 living_beast 0 001 @ 00000010 n 0000 | "moves | eats"  \n'
PET = "00000030 03 n 01 animal 1 001 @ 00000010 n 0000 | kept at home  \n"
CAT = "00000040 05 n 01 house_cat 0 003 @ 00000020 n 0000 @ 00000030 n 0000 + 00000050 v 0101 | purrs  \n"
LASSIE = "00000050 05 n 01 Lassie 0 001 @i 00000030 n 0000 | an actor  \n"
UNUSED = "00000060 03 n 09 cut short\n"
LINES = [LICENCE, ENTITY, ANIMAL, PET, CAT, LASSIE, UNUSED]
IDS = ["n00000050", "n00000040"]


def write(folder: Path, lines: list[str], name: str = "data.noun") -> Path:
    text = "".join(lines).encode()
    (folder / name).write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    return folder


@pytest.mark.parametrize("name", ["data.noun", "data.noun.gz"])
def test_all_hypernyms_are_followed(name: str, tmp_path: Path) -> None:
    tree = read(write(tmp_path, LINES, name), IDS)
    assert tree.classes == tuple(IDS)
    assert tree.parents["n00000040"] == ("n00000020", "n00000030")
    nodes, below = tree.members()
    assert nodes[2:] == ["n00000010", "n00000020", "n00000030"]
    assert below[2:].tolist() == [[True, True], [False, True], [True, True]]
    titles = ["Lassie", "house cat", "entity", "animal, living beast", "animal"]
    assert [tree.title(node) for node in nodes] == titles


def test_ids_are_read_from_the_folder_by_default(tmp_path: Path) -> None:
    write(tmp_path, LINES)
    with pytest.raises(FileNotFoundError, match="wnids.txt"):
        read(tmp_path)
    (tmp_path / "wnids.txt").write_text("\n".join(IDS))
    assert read(tmp_path) == read(tmp_path, IDS)
    (tmp_path / "wnids.txt").write_text("n00000040\n\ncat\n")
    with pytest.raises(ValueError, match="wnids.txt, line 3: 'cat' is no id"):
        read(tmp_path)


def test_the_number_of_words_is_hexadecimal() -> None:
    words = " ".join(f"w{n} 0" for n in range(17))
    found = parse(f"00000010 03 n 11 {words} 001 @ 00000020 n 0000 | many")
    assert len(found.words) == 17
    assert found.hypernyms == ("n00000020",)


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_line_cut_anywhere_before_its_gloss_is_named(number: int, tmp_path: Path) -> None:
    line = LINES[number]
    for end in range(len("00000010 "), line.index(" | ")):
        lines = [*LINES[:number], line[:end] + "\n", *LINES[number + 1 :]]
        with pytest.raises(ValueError, match=f"data.noun, line {number + 1}, is cut or damaged"):
            read(write(tmp_path, lines), IDS)


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="neither data.noun nor data.noun.gz"):
        read(tmp_path, IDS)
    write(tmp_path, LINES)
    with pytest.raises(ValueError, match=r"classes\[1\]: 'n0000004' is no id"):
        read(tmp_path, [IDS[0], "n0000004"])
    with pytest.raises(ValueError, match=r"no synset n00000077 \(classes\[2\]\).*WordNet 3.0"):
        read(tmp_path, [*IDS, "n00000077"])
    with pytest.raises(ValueError, match="data.noun: class 'n00000020' lies above class 'n00000040'"):
        read(tmp_path, ["n00000020", *IDS])
    with pytest.raises(ValueError, match=r"no synset n00000010 \(.*data.noun, line [23]\)"):
        read(write(tmp_path, [LICENCE, *LINES[2:]]), IDS)
    with pytest.raises(ValueError, match="data.noun, line 3, begins with no offset"):
        read(write(tmp_path, [LICENCE, ENTITY, "garbage\n", *LINES[2:]]), IDS)
    loop = ENTITY.replace("~ 00000020", "@ 00000020")
    with pytest.raises(ValueError, match="data.noun: there is a cycle of 2,"):
        read(write(tmp_path, [LICENCE, loop, *LINES[2:]]), IDS)


def test_a_cut_or_damaged_archive_is_named(tmp_path: Path) -> None:
    filler = [f"{n:08} 03 n 01 w{n * n} 0 000 | {n * n * n}  \n" for n in range(100, 5000)]
    packed = (write(tmp_path, [*LINES, *filler], "data.noun.gz") / "data.noun.gz").read_bytes()
    for damaged in (packed[:-3000], packed[:-3000] + bytes(3000), packed[:10] + b"\xff" * 99, b"no gzip"):
        (tmp_path / "data.noun.gz").write_bytes(damaged)
        with pytest.raises(ValueError, match=r"data.noun.gz\b.* line [0-9]+.*fetch it again"):
            read(tmp_path, IDS)


def test_the_questions_of_tiny_imagenet_are_all_there(real_hierarchy: Path) -> None:
    with np.load(real_hierarchy / "questions_wordnet30.npz") as stored:
        questions, names, wnids = stored["Q"].astype(bool), stored["names"], stored["wnids"]
    tree = read(real_hierarchy, wnids.tolist())
    assert read(real_hierarchy) == tree
    nodes, below = tree.members()
    assert len(nodes) == 543
    assert (below[:200] == np.eye(200, dtype=bool)).all()
    size = below.sum(axis=1)
    asked = (np.arange(543) < 200) | ((size > 1) & (size < 200))
    assert asked.sum() == 346

    def rows(titles, matrix) -> Counter:
        return Counter((title, row.tobytes()) for title, row in zip(titles, matrix, strict=True))

    firsts = [tree.title(node).split(",")[0].replace(" ", "_") for node in nodes]
    ours = rows([name for name, kept in zip(firsts, asked, strict=True) if kept], below[asked])
    assert ours == rows(names.tolist(), questions)
