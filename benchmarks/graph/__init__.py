"""Graph measures by us and NetworkX."""
