"""Which label has each item, what does a model learn, what to label next? Texts or tables, and votes."""

from pipelines import exported

__getattr__ = exported(__name__)
