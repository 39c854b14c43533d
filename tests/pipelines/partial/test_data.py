"""Images, texts and arrays of every layout become items of their own classes; what fits none is refused."""

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("torch", reason="the model is a network; pip install 'trinity[torch]'")

from pipelines.partial.data import load
from pipelines.partial.files import listed
from pipelines.partial.pipeline import main
from pipelines.run import Run
from tests.support.partial_runs import TABLE, choices, config, labels, metrics

pytestmark = pytest.mark.usefixtures("no_pictures")

NAMES = {"animals/cat": 250, "animals/dog": 180, "things/car": 20, "things/cup": 90}


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Nested directories of images, each class of a brightness; one file is broken."""
    rng, root = np.random.default_rng(0), tmp_path / "pictures"
    for name, bright in NAMES.items():
        (root / name).mkdir(parents=True)
        for number in range(40):
            pixels = (bright + rng.integers(-15, 5, (9, 7))).clip(0, 255).astype("uint8")
            Image.fromarray(pixels).save(root / name / f"{number}.png")
    (root / "things/cup/broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    return root


def test_nested_directories_of_images_are_their_hierarchy(pictures: Path, tmp_path: Path) -> None:
    (pictures / "animals/loop").symlink_to(pictures)
    folder = main(config(tmp_path, data=pictures, side=8, epochs=10)).folder
    found = metrics(folder)
    assert (found["classes"], found["questions"]) == (4, 6)
    assert found["items"] + found["held_out"] == 160
    assert found["accuracy_end"]["uniform"] > 0.9
    assert found["quarantined"] == 1
    with (folder / "quarantine.csv").open(newline="") as file:
        (broken,) = csv.DictReader(file)
    assert broken["file"] == f"{pictures}/things/cup/broken.png"
    assert broken["reason"].startswith("UnidentifiedImageError")
    assert broken["rows"] == "1"
    assert all(item.rpartition("/")[0] == name for item, name in labels(folder).items())
    assert "directories are nested" in choices(folder)


def test_too_many_broken_files_stop_the_run_and_are_kept(pictures: Path, tmp_path: Path) -> None:
    for path in (pictures / "animals/cat").iterdir():
        path.write_bytes(b"broken")
    out = tmp_path / "out"
    with pytest.raises(ValueError, match=r"files cannot be read, more than 10%; first .*cat/"):
        main(config(out, data=pictures, side=8))
    (kept,) = (out / "partial").iterdir()
    assert kept.name.startswith("failed-")
    assert len((kept / "quarantine.csv").read_text().splitlines()) == 42


def test_a_directory_of_texts_has_the_hierarchy_of_its_dots(tmp_path: Path) -> None:
    themes = {
        "rec.autos": "engine wheel brake car road",
        "rec.boats": "sail mast harbour deck anchor",
        "sci.space": "orbit comet planet moon telescope",
    }
    rng = np.random.default_rng(0)
    for part, count in (("news-train", 40), ("news-test", 15)):
        for name, words in themes.items():
            (tmp_path / "news" / part / name).mkdir(parents=True)
            for number in range(count):
                text = " ".join(rng.choice(words.split(), 12)) + " <b>café</b>"
                (tmp_path / "news" / part / name / str(number)).write_bytes(text.encode("latin-1"))
    folder = main(config(tmp_path, data=tmp_path / "news", encoding="latin-1", epochs=10)).folder
    found = metrics(folder)
    assert (found["items"], found["held_out"], found["questions"]) == (120, 45, 4)
    assert found["accuracy_end"]["uniform"] > 0.9
    assert "news-train and news-test" in choices(folder)
    page = (folder / "dialogues.html").read_text()
    assert "&lt;b&gt;café&lt;/b&gt;" in page
    assert "<b>café" not in page
    assert "Is it about rec" in page


def test_tiny_imagenet_is_known_by_its_lists(tmp_path: Path, real_hierarchy: Path) -> None:
    names = (real_hierarchy / "wnids.txt").read_text().split()[:4]
    root = tmp_path / "tiny"
    (root / "val/images").mkdir(parents=True)
    (root / "wnids.txt").write_text("\n".join(names))
    notes = []
    for code, name in enumerate(names):
        (root / "train" / name / "images").mkdir(parents=True)
        for number in range(25):
            colour = (60 * code, 200 - 60 * code, number)
            Image.new("RGB", (64, 64), colour).save(
                root / "train" / name / "images" / f"{name}_{number}.JPEG"
            )
        (root / "train" / name / f"{name}_boxes.txt").write_text("0 0 63 63")
        Image.new("RGB", (64, 64), colour).save(root / "val/images" / f"val_{code}.JPEG")
        notes.append(f"val_{code}.JPEG\t{name}\t0\t0\t63\t63")
    (root / "val/val_annotations.txt").write_text("\n".join(notes))
    folder = main(config(tmp_path, data=root, hierarchy=real_hierarchy, side=8)).folder
    found = metrics(folder)
    assert (found["items"], found["held_out"], found["classes"]) == (100, 4, 4)
    assert found["questions"] > 4, "WordNet has nodes above them"
    assert all(f"/{name}/" in item for item, name in labels(folder).items())
    assert "taken as Tiny ImageNet" in choices(folder)


def arrays(root: Path, **held: np.ndarray) -> Path:
    root.mkdir()
    np.savez(root / "train.npz", **held)
    return root


def test_arrays_in_colour_with_named_classes(tmp_path: Path) -> None:
    x = np.random.default_rng(0).integers(0, 256, (90, 6, 5, 3), dtype="uint8")
    y = np.array(["cat", "cow", "car"])[np.arange(90) % 3]
    root = arrays(tmp_path / "npz", x=x, y=y)
    (tmp_path / "tree.csv").write_text(TABLE)
    plain = config(tmp_path, data=root, hierarchy=tmp_path / "tree.csv")
    with Run("partial", plain) as run:
        items = load(plain, run)
    assert items.hierarchy.classes == ("car", "cat", "cow")
    assert len(items.y) + len(items.y_test) == 90
    at = [int(name) for name in items.names]
    np.testing.assert_allclose(items.X, x[at].transpose(0, 3, 1, 2) / 255, rtol=1e-6)
    assert [items.hierarchy.classes[code] for code in items.y] == y[at].tolist()
    assert 0 < len(items.y_test) < 40


def test_the_fifth_that_is_held_out_stays_when_files_are_added(pictures: Path) -> None:
    before = listed(pictures, print).split(5)
    Image.new("L", (7, 9)).save(pictures / "things/car/more.png")
    after = listed(pictures, print).split(5)
    assert 0.1 < len(before.test) / 160 < 0.3
    assert set(before.test) <= set(after.test)
    assert set(before.train) <= set(after.train)


def test_data_and_hierarchies_that_do_not_fit_are_refused(pictures: Path, tmp_path: Path) -> None:
    (tmp_path / "tree.csv").write_text(TABLE)
    with pytest.raises(ValueError, match=r"lacks 4 of the 4 classes asked for, first 'animals/cat'"):
        main(config(tmp_path, data=pictures, hierarchy=tmp_path / "tree.csv"))
    (tmp_path / "nouns").mkdir()
    (tmp_path / "nouns/data.noun").write_text("")
    with pytest.raises(FileNotFoundError, match=r"wnids.txt"):
        main(config(tmp_path, simulate=9, hierarchy=tmp_path / "nouns"))
    for name in ("a", "b"):
        (tmp_path / "other" / name).mkdir(parents=True)
        (tmp_path / "other" / name / "x.bin").write_bytes(b"\0\1")
    with pytest.raises(ValueError, match=r"neither images .* nor texts, first 'x.bin'"):
        main(config(tmp_path, data=tmp_path / "other"))
    with pytest.raises(ValueError, match=r"holds neither train.npz, nor Tiny ImageNet's"):
        main(config(tmp_path, data=tmp_path / "nouns"))
    x = np.zeros((9, 2, 2), dtype="uint8")
    with pytest.raises(ValueError, match=r"does not hold plain arrays x and y"):
        main(config(tmp_path, data=arrays(tmp_path / "lost", x=x)))
    with pytest.raises(ValueError, match=r"y of shape \(8,\); x needs a row an item"):
        main(config(tmp_path, data=arrays(tmp_path / "short", x=x, y=np.arange(8))))
    assert not list((tmp_path / "partial").glob(".*"))
