"""Taggers of sentences: an encoder of words and their characters, and a decoder of tags; needs PyTorch."""
