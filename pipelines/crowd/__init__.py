"""Which labels and which workers can be trusted? Takes a table of votes; trains models on them too."""

from pipelines import exported

__getattr__ = exported(__name__)
