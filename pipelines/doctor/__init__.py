"""Does it run here, and does my data fit? Looks at the machine, device, libraries, known traps and data."""

from pipelines import exported

__getattr__ = exported(__name__)
