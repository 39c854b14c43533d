"""Estimators, networks and optimisers: one algorithm a file; none knows a data set or opens one."""
