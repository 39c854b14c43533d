"""Clips of frames: read from files of many kinds, or made of digits that move."""
