"""What does a model lose that is trained by votes, at one bit a coordinate? Votes beside means."""

from pipelines import exported

__getattr__ = exported(__name__)
