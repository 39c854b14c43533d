"""When the loop has asked enough."""

from dataclasses import dataclass

from models.active.run_log import Row


@dataclass(frozen=True)
class Stop:
    """Rules, any of which ends the loop; without rules it ends when every item is labelled.

    Attributes
    ----------
    rounds : int, optional
        Rounds of queries after the start.
    share : float, optional
        Share of the pool's words that are labelled, at least.
    patience : int, optional
        Rounds in a row without a score above the best one before.
    least_gain : float
        By how much a score must be above it.
    target : float, optional
        A score that is good enough.

    Examples
    --------
    >>> Stop(target=0.9).reason([{"score": 0.95, "share": 0.1}])
    'score 0.95 has come to the target (0.9)'
    """

    rounds: int | None = None
    share: float | None = None
    patience: int | None = None
    least_gain: float = 0.0
    target: float | None = None

    def __post_init__(self) -> None:
        if self.patience is not None and self.patience < 1:
            raise ValueError(f"patience is {self.patience}; it must be at least 1, or None")

    def reason(self, curve: list[Row]) -> str | None:
        """Why the loop ends after these points, or None."""
        if not curve:
            return None
        scores, share = [point["score"] for point in curve], curve[-1]["share"]
        if self.target is not None and scores[-1] >= self.target:
            return f"score {scores[-1]:.4g} has come to the target ({self.target:g})"
        if self.share is not None and share >= self.share:
            return f"{share:.1%} of the words are labelled, at least {self.share:.1%}"
        if self.rounds is not None and len(curve) > self.rounds:
            return f"all rounds ({self.rounds}) were made"
        if self._is_stuck(scores):
            return f"no gain over {self.patience} rounds"
        return "every item is labelled" if share >= 1 else None

    def _is_stuck(self, scores: list[float]) -> bool:
        if self.patience is None or len(scores) <= self.patience:
            return False
        best = max(scores[: -self.patience])
        return max(scores[-self.patience :]) <= best + self.least_gain
