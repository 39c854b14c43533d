"""Tensors of three and more modes: contracted, decomposed, completed and learnt from without being flattened.

Names and conventions are TensorLy's: a mode is an axis, `unfold` puts it first and keeps the order of the
others, a Tucker tensor is ``(core, factors)``, a CP tensor ``(weights, factors)``, a tensor train a list of
cores of shape (rank before, mode, rank after). Functions work on NumPy's, CuPy's or PyTorch's arrays where
these lie.
"""
