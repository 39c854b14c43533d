"""Boosted trees over pieces, on one machine or a Dask cluster, and the rule they must beat."""
