"""What comes next in a video? A convolutional tensor-train LSTM predicts frames, judged frame by frame."""

from pipelines import exported

__getattr__ = exported(__name__)
