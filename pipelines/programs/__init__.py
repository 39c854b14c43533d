"""Does an equation hold, what completes it, what can be learnt? Verdicts and certificates of equations."""

from pipelines import exported

__getattr__ = exported(__name__)
