"""Fannie Mae single-family loan performance data: schema, reading, labels, features, and a generator."""
