"""Images from files, all of one square size; files that cannot be read are set aside."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm.auto import tqdm

from etl.engine import Engine
from etl.engine.types import Array
from etl.handoff import from_host
from etl.records import Rejected, record

ENDINGS = tuple(".bmp .gif .jpeg .jpg .pgm .png .ppm .tif .tiff .webp".split())
"""Of the names of images, in lower case."""
GREY = ("1", "L", "LA", "I", "I;16", "I;16B")
"""Pillow's modes without colour; those that begin with I have 16 bits."""
ERRORS = (OSError, ValueError, SyntaxError, Image.DecompressionBombError)
"""What Pillow raises on damaged, foreign and far too large files."""


def named(paths: Iterable[Path]) -> list[Path]:
    """Paths that are images by their names, in order; hidden ones are none.

    Parameters
    ----------
    paths : iterable of Path
    """
    return sorted(each for each in paths if each.suffix.lower() in ENDINGS and each.name[0] != ".")


def read(paths: Sequence[Path], engine: Engine, side: int = 32, workers: int = 1) -> tuple[Array, np.ndarray]:
    """Pixels of images, stretched to a square; colours are kept if any image has some.

    A file that cannot be read is noted in the records as ``Rejected``, with its reason.

    Parameters
    ----------
    paths : sequence of Path
    engine : Engine
    side : int
        Pixels of a side.
    workers : int
        Threads that decode.

    Returns
    -------
    pixels : float32 array, shape (n, 1 or 3, side, side)
        From 0 to 1.
    places : int64 array of NumPy, shape (n,)
        Of the images that were read, among the paths.

    Raises
    ------
    ValueError
        None could be read; the first reason is given.

    Examples
    --------
    >>> import tempfile
    >>> from etl.engine import choose
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Image.new("L", (9, 5), 255).save(Path(folder, "white.png"))
    ...     pixels, places = read([Path(folder, "white.png")], choose("cpu"), side=2)
    >>> pixels.tolist(), places.tolist()
    ([[[[1.0, 1.0], [1.0, 1.0]]]], [0])
    """
    pixels = np.zeros((len(paths), 3, side, side), dtype="uint8")

    def fill(place: int) -> tuple[str, bool]:
        try:
            pixels[place], is_grey = decode(paths[place], side)
        except ERRORS as error:
            return f"{type(error).__name__}: {error}", True
        return "", is_grey

    with ThreadPoolExecutor(workers) as pool:
        bar = tqdm(total=len(paths), desc="images", leave=False, disable=None)
        found = [(result, bar.update())[0] for result in pool.map(fill, range(len(paths)))]
    for path, (reason, _) in zip(paths, found, strict=True):
        if reason:
            record(Rejected(file=str(path), reason=reason))
    places = np.array([place for place, (reason, _) in enumerate(found) if not reason], dtype="int64")
    if not len(places):
        first = f"{paths[0]}: {found[0][0]}" if len(paths) else "no file was given"
        raise ValueError(f"none of {len(paths):,} images can be read ({first}); name files that Pillow reads")
    kept = pixels[places, : 1 if all(is_grey for _, is_grey in found) else 3]
    return from_host(kept, engine).astype("float32") / 255, places


def decode(path: Path, side: int) -> tuple[np.ndarray, bool]:
    """Pixels of one image, stretched to a square.

    Parameters
    ----------
    path : Path
        Of any format that Pillow reads; of several frames the first is taken.
    side : int
        Pixels of a side.

    Returns
    -------
    pixels : array of uint8, shape (3, side, side)
    is_grey : bool
        Whether the file holds no colours.

    Raises
    ------
    OSError, ValueError, SyntaxError, PIL.Image.DecompressionBombError
        It cannot be read; see `ERRORS`.
    """
    with Image.open(path) as opened:
        opened.draft(None, (2 * side, 2 * side))  # a JPEG is decoded no larger than needed
        square = as_rgb(opened).resize((side, side))
        return np.asarray(square).transpose(2, 0, 1), opened.mode in GREY


def as_rgb(image: Image.Image) -> Image.Image:
    """An image of any mode with three channels of 8 bits.

    Parameters
    ----------
    image : PIL.Image.Image

    Raises
    ------
    ValueError
        Its pixels are floats, or whole numbers beyond 16 bits, whose range nothing tells.
    """
    if image.mode == "F":
        raise ValueError("its pixels are floats, and no range is told; save it with 8 or 16 bits")
    if image.mode.startswith("I"):
        pixels = np.asarray(image)
        if pixels.min() < 0 or pixels.max() > 65_535:
            raise ValueError(
                f"it has values from {pixels.min()} to {pixels.max()}; save it with 8 or 16 bits"
            )
        image = Image.fromarray((pixels // 256).astype("uint8"))
    elif image.mode == "P":
        image = image.convert("RGBA")  # Pillow warns of other ways where a colour is transparent
    return image.convert("RGB")
