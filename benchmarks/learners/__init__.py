"""The learner table: scikit-learn and cuML on the same data."""
