"""Forecasts of real series by every method, on rolling origins."""
