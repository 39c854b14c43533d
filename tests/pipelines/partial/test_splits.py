"""Parts of a directory are known by name and never taken for classes; what may be either is asked about."""

import unicodedata
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the model is a network; pip install 'trinity[torch]'")

from pipelines.partial.files import Listed, listed

CLASSES = ("cat", "cow", "dog")


def make(root: Path, *folders: str, ending: str = "txt", files: int = 3) -> Path:
    for folder in folders:
        (root / folder).mkdir(parents=True)
        for number in range(files):
            name = folder.replace("/", "_")
            (root / folder / f"{number}.{ending}").write_text(f"text {number} of {name}")
    return root


def parts(root: Path, *names: str, ending: str = "txt") -> Path:
    return make(root, *(f"{name}/{each}" for name in names for each in CLASSES), ending=ending)


def asked(root: Path) -> tuple[Listed, str]:
    said: list[str] = []
    return listed(root, said.append), " ".join(said)


def under(found: Listed) -> tuple[set[str], set[str]]:
    both = [{path.relative_to(found.root).parts[0] for path, _ in part} for part in (found.train, found.test)]
    return both[0], both[1]


@pytest.mark.parametrize("ending", ["txt", "png"])
@pytest.mark.parametrize(
    ("train", "judged"),
    [
        ("train", "val"),
        ("Train", "Test"),
        ("TRAIN", "VALID"),
        ("training", "validation"),
        ("train", "dev"),
        ("news-train", "news-test"),
        ("train2017", "val2017"),
        ("train_set", "test_set"),
        ("Training", "Testing"),
    ],
)
def test_parts_of_any_spelling_are_no_classes(train: str, judged: str, ending: str, tmp_path: Path) -> None:
    found, _ = asked(parts(tmp_path / "set", train, judged, ending=ending))
    assert found.own.classes == CLASSES
    assert under(found) == ({train}, {judged})
    assert {name for _, name in found.test} == set(CLASSES)


@pytest.mark.parametrize(
    ("more", "judged", "left"),
    [
        (("val", "test"), "test", "val"),
        (("Validation", "Test"), "Test", "Validation"),
        (("dev", "valid"), "valid", "dev"),
        (("extra", "val"), "val", "extra"),
    ],
)
def test_the_part_that_is_left_out_is_said_with_its_files(
    more: tuple[str, ...], judged: str, left: str, tmp_path: Path
) -> None:
    found, said = asked(parts(tmp_path / "set", "train", *more))
    assert under(found) == ({"train"}, {judged})
    assert f"{left} of set is left out with its 9 files" in said


def test_what_is_hidden_and_train_alone(tmp_path: Path) -> None:
    root = parts(tmp_path / "set", "train", ".cache", "__MACOSX")
    (root / "README.md").write_text("about")
    (root / "train" / ".DS_Store").write_text("x")
    found, _ = asked(root)
    assert (found.own.classes, found.test) == (CLASSES, [])


@pytest.mark.parametrize("names", [("train", "car", "ship"), ("test", "trial"), ("bullettrain", "contest")])
def test_classes_that_are_called_as_parts_stay_classes(names: tuple[str, ...], tmp_path: Path) -> None:
    found, _ = asked(make(tmp_path / "set", *names))
    assert found.own.classes == tuple(sorted(names))


def test_a_hierarchy_stays_one(tmp_path: Path) -> None:
    found, _ = asked(make(tmp_path / "set", "animals/cat", "animals/other", "things/cup", "things/other"))
    assert found.own.classes == ("animals/cat", "animals/other", "things/cup", "things/other")


@pytest.mark.parametrize("names", [("a", "b"), ("fold1", "fold2"), ("2019", "2020", "2021"), ("old", "new")])
def test_the_same_classes_in_two_unknown_directories_are_asked_about(
    names: tuple[str, ...], tmp_path: Path
) -> None:
    root = parts(tmp_path / "set", *names)
    with pytest.raises(
        ValueError, match=r"both hold classes cat, cow, dog.* rename them train and test"
    ) as told:
        asked(root)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    "names", [("val", "test"), ("train", "training", "test"), ("train", "test", "Test_2")]
)
def test_parts_that_do_not_fit_together_are_refused(names: tuple[str, ...], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="one is wanted, and each other part once"):
        asked(parts(tmp_path / "set", *names))


@pytest.mark.parametrize("word", ["café", "Öl", "한국"])
def test_names_that_look_alike_are_one_class(word: str, tmp_path: Path) -> None:
    nfd = unicodedata.normalize("NFD", word)
    root = make(tmp_path / "set", f"train/{nfd}", "train/tea", f"test/{word}", "test/tea")
    found, said = asked(root)
    assert found.own.classes == ("tea", word) or found.own.classes == (word, "tea")
    assert {name for _, name in found.train} == {name for _, name in found.test} == {"tea", word}
    assert "names that look alike are one" in said
    make(root, f"train/{word}x", f"train/{nfd}x")
    found, _ = asked(root)
    assert len(found.own.classes) == 3
    assert sum(name == f"{word}x" for _, name in found.train) == 6
