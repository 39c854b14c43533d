"""What the stand-ins share: the real libraries' frozen contract, and the count of crossings."""

from stand_in.contract import bind, exists, lacking, names, parameters
from stand_in.crossings import crossing, quiet

__all__ = ["bind", "crossing", "exists", "lacking", "names", "parameters", "quiet"]
