"""Rendering models: identities, learning from few labels, and its rivals."""
