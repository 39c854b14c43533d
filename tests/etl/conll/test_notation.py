"""Tags in every notation write the spans of the same sentences in BIOES; what is no tag is named."""

from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.conll.corpus import build
from etl.conll.notation import standard
from etl.conll.read import conll
from etl.conll.schemes import convert
from etl.records import Choice, collect, of_kind

BIOES = ["B-PER", "I-PER", "E-PER", "O", "S-LOC", "O", "B-LOC", "E-LOC", "O"]
OTHER = {
    "BILOU": dict(zip("BIESO", "BILUO", strict=True)),
    "BMES": dict(zip("BIESO", "BMESO", strict=True)),
    "BMEWO": dict(zip("BIESO", "BMEWO", strict=True)),
    "IOB2": dict(zip("BIESO", "BIIBO", strict=True)),
    "lower": dict(zip("BIESO", "biuso", strict=True)) | {"E": "l", "S": "u"},
}


def written(tag: str, letters: dict[str, str], form: str) -> str:
    letter, kind = letters[tag[0]], tag[2:]
    return letter if tag == "O" else form.format(letter=letter, kind=kind)


def spans(tags: list[str], path: Path) -> list[str]:
    path.write_text("".join(f"word\t{tag}\n" for tag in tags) + "\n", encoding="utf-8")
    found = conll(path)
    codes, names = convert(found.tags, found.starts, found.names)
    return [names[code] for code in codes]


@pytest.mark.parametrize("form", ["{letter}-{kind}", "{letter}_{kind}", "{letter}:{kind}", "{kind}-{letter}"])
@pytest.mark.parametrize("letters", OTHER.values(), ids=OTHER)
def test_every_notation_writes_the_same_spans(letters: dict[str, str], form: str, tmp_path: Path) -> None:
    with collect() as entries:
        assert spans([written(tag, letters, form) for tag in BIOES], tmp_path / "x.conll") == BIOES
    is_standard = form == "{letter}-{kind}" and letters == OTHER["IOB2"]
    assert len(of_kind(entries, Choice)) == (0 if is_standard else 1)


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (["PER", "PER", "O", "LOC"], ["B-PER", "E-PER", "O", "S-LOC"]),
        (["B", "I", "O", "B"], ["B-_", "E-_", "O", "S-_"]),
        (["B", "L", "O", "U"], ["B-_", "E-_", "O", "S-_"]),
        (["B-PER", "I-PER", "0", "B-LOC"], ["B-PER", "E-PER", "O", "S-LOC"]),
        (["Person", "0", "LOC-deriv", "0"], ["S-Person", "O", "S-LOC-deriv", "O"]),
        (["B-PER_sub", "I-PER_sub", "O", "B-a-b"], ["B-PER_sub", "E-PER_sub", "O", "S-a-b"]),
    ],
)
def test_types_letters_and_zeros_alone(tags: list[str], expected: list[str], tmp_path: Path) -> None:
    assert spans(tags, tmp_path / "x.conll") == expected


@pytest.mark.parametrize(
    ("tag", "reason"),
    [
        ("I-O", "tag 'I-O' is of a type called O; write O where no name is meant"),
        ("b_o", "tag 'b_o' is of a type called o"),
        ("X-LOC", "tag 'X-LOC' is none of O, B-"),
        ("0", "tag '0' is none of O"),
        ("B-", "tag 'B-' is none of O"),
    ],
)
def test_what_is_no_tag_is_named_with_its_line(tag: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "x.conll"
    path.write_text("Rome\tB-LOC\nis\tO\n\n" * 20 + f"Oslo\t{tag}\n\n")
    with pytest.raises(ValueError, match=r"x\.conll, line 61, cannot be read") as caught:
        conll(path)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_parts_of_speech_are_not_taken_for_types(tmp_path: Path) -> None:
    path = tmp_path / "x.conll"
    path.write_text("Rome NNP\nis VBZ\n\n" * 20)
    with pytest.raises(ValueError, match=r"line 1, .* tag 'NNP' is none of O.* --columns"):
        conll(path)


def test_types_that_differ_in_case_only_are_told() -> None:
    with collect() as entries:
        standard(pa.array(["B-PER", "O", "B-per"], pa.large_string()), Path("x"))
    assert "types PER, per differ in case only" in of_kind(entries, Choice)[-1].reason


@given(st.lists(st.sampled_from(["O", "B-A", "I-A", "E-B", "S-B", "B-x_y", "I-a-b"]), max_size=20))
def test_standard_tags_stay_as_they_are(tags: list[str]) -> None:
    assert standard(build(tags, tags, range(len(tags))).words, Path("x")).to_pylist() == tags
