"""What does training lose when workers send one bit a coordinate and vote, and some of them lie?"""

from pipelines import exported

__getattr__ = exported(__name__)
