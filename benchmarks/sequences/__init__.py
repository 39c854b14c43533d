"""Forecasts at long horizons, on the same windows by all."""
