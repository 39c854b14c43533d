"""Which labels and workers can be trusted, and what does a model learn from them? Votes in, a report out."""

from pipelines import exported

__getattr__ = exported(__name__)
