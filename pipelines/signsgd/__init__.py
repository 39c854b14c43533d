"""What is lost when workers send one bit a coordinate and vote, and some lie? Trains one way and the other."""

from pipelines import exported

__getattr__ = exported(__name__)
