"""Pixels are those of the files; what is no image is set aside with its reason."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from etl import images
from etl.engine import choose
from etl.handoff import to_host
from etl.records import Rejected, collect, of_kind

CPU = choose("cpu")
RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (8, 8), dtype="uint8")
COLOUR = RNG.integers(0, 256, (8, 8, 3), dtype="uint8")


def saved(folder: Path, name: str, image: Image.Image, **options: object) -> Path:
    image.save(folder / name, **options)
    return folder / name


def test_grey_files_give_one_channel_and_their_own_pixels(tmp_path: Path, engine) -> None:
    paths = [saved(tmp_path, f"{n}.png", Image.fromarray(GREY + np.uint8(n))) for n in range(3)]
    pixels, places = images.read(paths, engine, side=8, workers=2)
    assert pixels.shape == (3, 1, 8, 8)
    assert str(pixels.dtype) == "float32"
    assert places.tolist() == [0, 1, 2]
    for n in range(3):
        np.testing.assert_allclose(to_host(pixels[n, 0]), (GREY + np.uint8(n)) / 255, atol=1e-6)


def test_one_file_in_colour_gives_three_channels_to_all(tmp_path: Path) -> None:
    paths = [
        saved(tmp_path, "grey.png", Image.fromarray(GREY)),
        saved(tmp_path, "colour.png", Image.fromarray(COLOUR)),
    ]
    pixels, _ = images.read(paths, CPU, side=8)
    np.testing.assert_allclose(pixels[0], np.stack([GREY] * 3) / 255, atol=1e-6)
    np.testing.assert_allclose(pixels[1], COLOUR.transpose(2, 0, 1) / 255, atol=1e-6)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_all_modes_are_read(mode: str, tmp_path: Path) -> None:
    white = Image.new("RGB", (4, 6), "white")
    if mode == "I;16":
        white = Image.fromarray(np.full((6, 4), 65535, "uint16"))
    elif mode != "RGB":
        white = white.convert(mode)
    path = saved(tmp_path, "white.tif" if mode == "CMYK" else "white.png", white)
    pixels, _ = images.read([path], CPU, side=5)
    assert pixels.shape == (1, 3 if mode in ("P", "RGB", "RGBA", "CMYK") else 1, 5, 5)
    np.testing.assert_allclose(pixels, 1.0)


def test_a_palette_with_transparency_is_read_without_a_warning(tmp_path: Path) -> None:
    path = saved(tmp_path, "p.png", Image.new("P", (4, 4)), transparency=b"\x00\x80")
    assert images.read([path], CPU, side=4)[0].shape == (1, 3, 4, 4)


def test_large_photographs_keep_their_colours(tmp_path: Path) -> None:
    halves = np.zeros((400, 600, 3), dtype="uint8")
    halves[:, :300, 0] = halves[:, 300:, 2] = 255
    path = saved(tmp_path, "photo.JPEG", Image.fromarray(halves), quality=95)
    pixels, _ = images.read([path], CPU, side=16)
    np.testing.assert_allclose(pixels[0][0, :, :7], 1, atol=0.05)
    np.testing.assert_allclose(pixels[0][2, :, 9:], 1, atol=0.05)
    np.testing.assert_allclose(pixels[0][0, :, 9:], 0, atol=0.05)


def test_what_is_no_image_is_set_aside_with_its_reason(tmp_path: Path) -> None:
    good = saved(tmp_path, "good.png", Image.fromarray(COLOUR))
    cut, text, none = tmp_path / "cut.png", tmp_path / "text.jpg", tmp_path / "none.png"
    cut.write_bytes(good.read_bytes()[:120])
    text.write_text("no image")
    with collect() as entries:
        pixels, places = images.read([cut, good, text, none], CPU, side=8)
    assert places.tolist() == [1]
    np.testing.assert_allclose(pixels[0], COLOUR.transpose(2, 0, 1) / 255, atol=1e-6)
    rejected = of_kind(entries, Rejected)
    assert [record.file for record in rejected] == [str(cut), str(text), str(none)]
    assert "cannot identify" in rejected[1].reason
    assert "No such file" in rejected[2].reason
    with pytest.raises(ValueError, match=r"none of 1 images can be read .*text.jpg"):
        images.read([text], CPU)


@pytest.mark.parametrize("pixels", [np.full((8, 8), 0.5, "float32"), np.full((8, 8), 70_000, "int32")])
def test_values_without_a_range_are_set_aside(pixels: np.ndarray, tmp_path: Path) -> None:
    paths = [
        saved(tmp_path, "odd.tiff", Image.fromarray(pixels)),
        saved(tmp_path, "grey.png", Image.fromarray(GREY)),
    ]
    with collect() as entries:
        _, places = images.read(paths, CPU, side=8)
    assert places.tolist() == [1]
    (found,) = of_kind(entries, Rejected)
    assert found.reason.endswith("save it with 8 or 16 bits")
