"""Edges and graphs from tables."""
