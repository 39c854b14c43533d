"""The same work by us and by what a user would pick instead, side by side in one run."""
