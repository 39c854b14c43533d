"""Majority vote beside all-reduce, PowerSGD and fp16 on a shaped network."""
