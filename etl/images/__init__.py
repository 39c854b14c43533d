"""Images: read from files and arrays, with the labels that they have, and brought to one size."""

from etl.images.files import ENDINGS, ERRORS, GREY, as_rgb, decode, named, read

__all__ = ["ENDINGS", "ERRORS", "GREY", "as_rgb", "decode", "named", "read"]
