"""Deep active learning: how informative items of a pool are, and a loop that asks for labels of the best.

Source: Shen, Yun, Lipton, Kronrod and Anandkumar, "Deep active learning for named entity recognition", ICLR
2018, arXiv:1707.05928; Siddhant and Lipton, "Deep Bayesian active learning for natural language processing",
EMNLP 2018, arXiv:1808.05697.
"""
