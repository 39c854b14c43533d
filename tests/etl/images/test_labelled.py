"""Images with and without labels are read from folders and arrays; what does not fit is told in one line."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from etl.engine import choose
from etl.handoff import to_host
from etl.images.archives import parts
from etl.images.labelled import new, read
from etl.records import Choice, Rejected, collect, of_kind

ENGINE = choose("cpu")


def picture(path: Path, value: int, size: tuple[int, int] = (9, 9), mode: str = "L") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, value if mode == "L" else (value, 0, 0)).save(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for at, name in enumerate(
        ("a/1.png", "a/deep/2.png", "b/3.png", "test/b/4.png", "5.png", "unlabelled/6.png")
    ):
        picture(tmp_path / name, 40 * at)
    return tmp_path


@pytest.mark.parametrize("is_split", [False, True])
def test_a_folder_is_a_class_and_what_lies_beside_has_no_label(folder: Path, is_split: bool) -> None:
    if is_split:
        (folder / "train").mkdir()
        for name in ("a", "b"):
            (folder / name).rename(folder / "train" / name)
    found = read(folder, ENGINE)
    got = {
        Path(name).name: (label, judged, round(255 * float(image[0, 0, 0])))
        for name, label, judged, image in zip(
            found.names, found.labels, found.judged.tolist(), to_host(found.pixels), strict=True
        )
    }
    labels = ("a", "a", "b", "b", None, None)
    assert got == {f"{n + 1}.png": (label, n == 3, 40 * n) for n, label in enumerate(labels)}
    assert found.pixels.shape == (6, 1, 9, 9)


def test_sizes_modes_frames_and_damage_are_told(folder: Path) -> None:
    picture(folder / "a" / "large.png", 9, (30, 20))
    picture(folder / "b" / "red.png", 255, mode="RGB")
    (folder / "b" / "broken.png").write_bytes(b"no image")
    frames = [Image.new("L", (9, 9), value) for value in (255, 0)]
    frames[0].save(folder / "moving.gif", save_all=True, append_images=frames[1:])
    with collect() as entries:
        found = read(folder, ENGINE)
    assert found.pixels.shape == (9, 3, 28, 28)
    assert [Path(each.file).name for each in of_kind(entries, Rejected)] == ["broken.png"]
    told = " ".join(each.reason for each in of_kind(entries, Choice))
    for words in (
        "others of",
        "--size takes another side",
        "grey ones get three channels",
        "the first frame is taken",
    ):
        assert words in told
    pixels = dict(zip(found.names, to_host(found.pixels), strict=True))
    np.testing.assert_array_equal(pixels["b/red.png"][:, 0, 0], [1, 0, 0])
    assert pixels["moving.gif"].min() == 1
    assert read(folder, ENGINE, 12).pixels.shape == (9, 3, 12, 12)


def test_folders_without_images_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds no image .*a folder of images for each class"):
        read(tmp_path, ENGINE)
    picture(tmp_path / "a" / "1.png", 1)
    (tmp_path / "b").mkdir()
    with pytest.raises(
        ValueError, match="b is a class without an image; put some there, or remove the folder"
    ):
        read(tmp_path, ENGINE)
    (tmp_path / "c.txt").write_text("c")
    with pytest.raises(ValueError, match="is no folder, image or .npz file"):
        read(tmp_path / "c.txt", ENGINE)
    with pytest.raises(FileNotFoundError, match="does not exist"):
        read(tmp_path / "d", ENGINE)


def told_by(folder: Path) -> str:
    with collect() as entries:
        read(folder, ENGINE)
    return "; ".join(each.reason for each in of_kind(entries, Choice))


def test_names_of_folders_count_in_capitals_too(folder: Path) -> None:
    """On most systems Test and test are two names; images in either must not be lost."""
    picture(folder / "Unlabelled" / "7.png", 7)
    (folder / "test").rename(folder / "TEST")
    found = read(folder, ENGINE)
    assert sorted(found.names) == sorted(
        [
            "5.png",
            "TEST/b/4.png",
            "Unlabelled/7.png",
            "a/1.png",
            "a/deep/2.png",
            "b/3.png",
            "unlabelled/6.png",
        ]
    )
    assert found.judged.sum() == 1
    (folder / "Train").mkdir()
    (folder / "a").rename(folder / "Train" / "a")
    assert {label for label in read(folder, ENGINE).labels if label} == {"a", "b"}


def test_what_is_passed_over_is_told(folder: Path) -> None:
    assert "passed over" not in told_by(folder)
    for name in (".DS_Store", "a/Thumbs.db", "a/._1.png", "__MACOSX/._a.png", ".git/config"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("left by a system")
    assert "passed over" not in told_by(folder)
    (folder / "a" / "photo.HEIC").write_text("an image that Pillow does not read")
    picture(folder / "test" / "no-class.png", 9)
    told = told_by(folder)
    assert f"1 files are no images by their endings, the first is {folder / 'a' / 'photo.HEIC'}" in told
    assert f"1 images are in {folder / 'test'} without a folder that names their class" in told
    picture(folder / "train" / "c" / "8.png", 8)
    told = told_by(folder)
    assert f"2 folders are beside train, where the classes are, the first is {folder / 'a'}" in told


def test_a_class_that_cannot_be_read_is_not_lost(folder: Path) -> None:
    (folder / "c").mkdir()
    (folder / "c" / "9.png").write_bytes(b"no image")
    with pytest.raises(ValueError, match="none of 1 images of class c can be read; replace them"):
        read(folder, ENGINE)


X = np.arange(5 * 9 * 9, dtype="uint8").reshape(5, 9, 9)
COLOUR = np.stack([X, X + 1, X + 2], axis=1)


@pytest.mark.parametrize(
    ("arrays", "images", "labels"),
    [
        ({"x": X, "y": np.array([0, 1, -1, 10, 1])}, X[:, None], ["0", "1", None, "10", "1"]),
        ({"X": X / 255, "y": np.array([0, 1, np.nan, 1, 1])}, X[:, None] / 255, ["0", "1", None, "1", "1"]),
        (
            {"images": COLOUR, "labels": np.array(["a", "", "b", "a", " "])},
            COLOUR,
            ["a", None, "b", "a", None],
        ),
        ({"x": COLOUR.transpose(0, 2, 3, 1), "y": np.zeros((5, 1), int)}, COLOUR, ["0"] * 5),
    ],
)
def test_arrays_are_read_in_the_forms_that_are_found(
    arrays: dict, images: np.ndarray, labels: list, tmp_path: Path
) -> None:
    np.savez(tmp_path / "a.npz", **arrays)
    found = read(tmp_path / "a.npz", ENGINE)
    np.testing.assert_allclose(found.pixels, images, rtol=1e-6)
    assert found.labels == labels
    assert not found.judged.any()


def test_tests_and_unlabelled_arrays_stay_apart(tmp_path: Path) -> None:
    whole = {"x_train": X[:2], "y_train": [0, 1], "x_test": X[2:4], "y_test": [1, 0], "x_unlabelled": X[4:]}
    np.savez(tmp_path / "a.npz", **whole)
    found = read(tmp_path / "a.npz", ENGINE)
    assert found.labels == ["0", "1", "1", "0", None]
    assert found.judged.tolist() == [False, False, True, True, False]
    assert "passed over" not in told_by(tmp_path / "a.npz")
    np.savez(tmp_path / "a.npz", **whole, x_val=X)
    assert "a.npz holds x_val, too; x_train and y_train are read" in told_by(tmp_path / "a.npz")
    del whole["y_test"]
    np.savez(tmp_path / "a.npz", **whole)
    assert "a.npz holds x_test, too" in told_by(tmp_path / "a.npz")


def test_bytes_beside_floats_keep_their_brightness(tmp_path: Path) -> None:
    floats = (X / 255).astype("float32")
    np.savez(tmp_path / "a.npz", x=X[:2], y=[0, 1], x_test=floats[2:4], y_test=[1, 0], x_unlabelled=X[4:])
    found = read(tmp_path / "a.npz", ENGINE).pixels
    np.testing.assert_allclose(found[:, 0], floats, rtol=1e-6)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"y": [0]}, "holds y, and no x"),
        ({"x": X, "y": [0, 1]}, "x has 5 images and y 2 labels"),
        ({"x": X.reshape(5, 81), "y": [0] * 5}, r"x has shape \(5, 81\); reshape it"),
        ({"x": X / 15.0, "y": [0] * 5}, "x has floats from 0 to 17; divide them"),
        (
            {"x": np.where(X == 85, np.nan, 0.5), "y": [0] * 5},
            "image 1, from 0, has a value that is not finite",
        ),
        ({"x": X.astype(int) * 9, "y": [0] * 5}, "holds int64 from 0 to"),
        ({"x": X, "y": [0, 1, 0.5, 1, 1]}, "y: row 2, from 0, is 0.5; a class is a whole number"),
        ({"x": X, "y": [0, 1, -3, 1, 1]}, "row 2, from 0, is -3"),
        ({"x": X, "y": np.zeros((5, 2))}, r"y is float64 of shape \(5, 2\)"),
        ({"x": X, "y": [0] * 5, "x_unlabelled": X[:, :4]}, "bring them to one size"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(arrays: dict, message: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(ValueError, match=message) as told:
        parts(tmp_path / "a.npz")
    assert "\n" not in str(told.value)


def test_new_images_get_the_form_that_was_learnt(folder: Path) -> None:
    with collect() as entries:
        pixels, names = new(folder, ENGINE, 12, 3)
    assert pixels.shape == (6, 3, 12, 12)
    assert names is not None
    assert sorted(names)[0] == "5.png"
    stretched = "size: 6 images are of other sizes, the first of 9 x 9 pixels; they are brought to 12 x 12"
    assert stretched in [each.reason for each in of_kind(entries, Choice)]
    assert any("grey images get theirs three times" in each.reason for each in of_kind(entries, Choice))
    np.savez(folder / "new.npz", x=COLOUR)
    with collect() as entries:
        pixels, names = new(folder / "new.npz", ENGINE, 3, 1)
    means = COLOUR.reshape(5, 3, 3, 3, 3, 3).mean((1, 3, 5)) / 255
    np.testing.assert_allclose(pixels[:, 0], means, atol=1e-6)
    assert names is None
    told = " ".join(each.reason for each in of_kind(entries, Choice))
    assert "images of 9 x 9 pixels are brought to 3 x 3" in told
    assert "the mean of their three" in told
