"""What are these documents about? Takes texts or counts of words, without labels."""

from pipelines import exported

__getattr__ = exported(__name__)
