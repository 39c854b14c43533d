"""Linear models of classes that learn from labels or from their probabilities, on rows of any device."""
