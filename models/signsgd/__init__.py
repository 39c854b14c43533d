"""Training at one bit a coordinate each way: signs, their majority vote, and optimisers; needs PyTorch.

`models.signsgd.codec` is the front door of the wire format: it takes the fastest form for the data's device.
"""
