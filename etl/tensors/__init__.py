"""Long tables and arrays as dense tensors: a mode a column, cells that no row has missing."""
