"""What does a network see, and what do unlabelled images add? Classifiers of images from few labels."""

from pipelines import exported

__getattr__ = exported(__name__)
