"""Forecasters that learn from windows of many series at once: linear maps, NVAR, recurrent networks."""
