"""Video from its past: convolutional recurrences, also of higher order in tensor trains, and their judges.

Clips are tensors (clips, frames, channels, height, width), best with values in [0, 1], on any device.
"""
