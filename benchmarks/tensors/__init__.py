"""Contractions, decompositions and factored layers by us, TensorLy, tltorch and torch.einsum."""
