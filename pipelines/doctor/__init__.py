"""Does it run here, and does the data fit? Looks at machine, device, libraries, known traps and data."""

from pipelines import exported

__getattr__ = exported(__name__)
