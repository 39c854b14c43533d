"""What are these documents about? Texts or counts of words in; topics, a map of them and a report out."""

from pipelines import exported

__getattr__ = exported(__name__)
