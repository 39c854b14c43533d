"""What the stand-ins share: the real libraries' frozen contract, and the ledger of crossings."""

from stand_in.contract import bind, exists, names, parameters
from stand_in.crossings import LEDGER, crossing, quiet

__all__ = ["LEDGER", "bind", "crossing", "exists", "names", "parameters", "quiet"]
