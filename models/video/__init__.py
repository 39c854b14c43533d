"""Video prediction: ConvLSTM and Conv-TT-LSTM networks, scheduled sampling, and metrics of frames.

Clips are tensors (clips, frames, channels, height, width), best with values in [0, 1], on any device.
"""
