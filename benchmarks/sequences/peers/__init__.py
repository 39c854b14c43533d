"""Forecasters of other libraries, each run in an interpreter of its own."""
