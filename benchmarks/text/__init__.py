"""Counting words by us and scikit-learn."""
