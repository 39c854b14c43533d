"""How sure an F1 is that was measured on some sentences."""

import numpy as np


def bootstrap_f1(counts: np.ndarray, draws: int = 1000, seed: int = 0) -> np.ndarray:
    """F1 of systems on sentences that are drawn from those judged by, with replacement.

    All systems are judged by the same sentences of each draw, so that their differences are of one draw.
    Sources: Efron, "Bootstrap methods: another look at the jackknife", 1979; Koehn, "Statistical significance
    tests for machine translation evaluation", EMNLP 2004, for pairs.

    Parameters
    ----------
    counts : array of int, shape (systems, sentences, 3)
        Spans of each sentence that are correct, predicted and true; see `etl.conll.score.by_sentence`.
    draws : int
    seed : int

    Returns
    -------
    array of float64, shape (draws, systems)
        0 where nothing is correct.

    Examples
    --------
    >>> bootstrap_f1(np.array([[[1, 1, 1], [1, 2, 2]]]), draws=2).round(2).tolist()
    [[0.67], [0.67]]
    """
    n, rng = counts.shape[1], np.random.default_rng(seed)
    found = np.zeros((draws, len(counts)))
    for draw in range(draws):
        times = rng.multinomial(n, np.full(n, 1 / n))
        correct, predicted, true = np.einsum("n,snk->ks", times, counts)
        found[draw] = 2 * correct / np.maximum(predicted + true, 1)
    return found
