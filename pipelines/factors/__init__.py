"""What patterns make up a table of three and more modes? Finds them, fills gaps in, names odd cells."""

from pipelines import exported

__getattr__ = exported(__name__)
