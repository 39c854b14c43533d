"""Forecasts of sequences far ahead, on the same windows by all."""
