"""Neural rendering: a network of convolutions read downwards, from a class to the image that it explains.

Source: Ho, Nguyen, Patel, Anandkumar, Jordan and Baraniuk, "Neural rendering model: joint generation and
prediction for semi-supervised learning", 2018, arXiv 1811.02657. Given the switches of an image (which units
are on, which place each pool takes), a network is an affine map; its transpose renders.
"""
