"""Layers whose weight is a tensor in factors: contracted as such, so that the weight itself is never there.

`trl.TRL`, `tcl.TCL`, `linear.FactorizedLinear` and `conv.FactorizedConv2d` are `nn.Module`s that hold one
map: Tucker, CP, TT or block TT. Names and shapes of their parameters are those of TensorLy-Torch 0.5 (BSD-3),
so that its state dicts load here and ours load there.
"""
