"""What a graph tells of its nodes: rank, reach, neighbours, communities; a graph in, frames out.

On a GPU these are NetworkX's functions with the backend cuGraph. On a CPU the same numbers come from SciPy's
sparse products and graph routines, and communities from NetworkX. `etl.graph.edges.graph` makes the graphs.
"""
