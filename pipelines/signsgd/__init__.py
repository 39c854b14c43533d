"""What is lost when workers send one bit a coordinate and vote, and some lie? Trains both ways."""

from pipelines import exported

__getattr__ = exported(__name__)
