"""Exponential smoothing (Holt-Winters) by exact likelihood, thousands of series in one optimisation."""

from dataclasses import fields

import torch

from etl.engine.types import Tensor
from models.statespace.ets_fit import Fitted, fit
from models.statespace.ets_state import last_state
from models.statespace.forecaster import Piece, _Forecaster
from models.statespace.smoothing import Form

CHUNK = 8192
"""Series fitted together; more would only take more memory."""


class ETS(_Forecaster):
    """Error, trend and season, each additive or multiplicative (Hyndman, Koehler, Ord & Snyder 2008).

    Weights keep to the usual bounds, those of statsmodels: alpha and the ratios beta / alpha and
    gamma / (1 - alpha) within 0.0001 and 0.9999, phi within 0.8 and 0.98. States before the first value are
    parameters; seasons count once less than there are. Intervals of multiplicative models are simulated.

    Parameters
    ----------
    model : str
        Letters of error, trend and season as in ``"AAdM"``: A, M, or N for none, d for damped. ``"auto"``
        takes the model of least AICc for each series, among those that Hyndman & Khandakar (2008) admit.
    period : int
        Length of a season; 1 is none.
    max_iter : int
    tol : float
        On the gradient, where parameters are scaled so that the curvature is about 1.
    random_state : int
        Of simulated intervals.

    Attributes
    ----------
    models_ : list of str
        Of each kept series.
    weights_ : tensor, shape (kept series, 4)
        alpha, beta, gamma, phi.
    loglik_, aicc_, variance_ : tensor, shape (kept series,)
        The variance is that of relative errors where the error is multiplicative.
    kept_, notes_, iterations_, n_iter_, stop_reason_
        See `models.statespace.forecaster`.

    Examples
    --------
    >>> import numpy
    >>> walk = numpy.random.default_rng(0).normal(size=(3, 80)).cumsum(axis=1)
    >>> model = ETS("AAdN").fit(walk)
    >>> model.predict(5).shape, model.stop_reason_
    ((3, 5), 'gradient small: 3 series')
    """

    def __init__(
        self,
        model: str = "AAN",
        *,
        period: int = 1,
        max_iter: int = 100,
        tol: float = 1e-4,
        random_state: int = 0,
    ) -> None:
        self.model = model
        self.period = period
        self.max_iter = max_iter
        self.tol = tol
        self.random_state = random_state

    def _forms(self) -> list[Form]:
        return admitted(self.period) if self.model == "auto" else [read(self.model, self.period)]

    def _needed(self) -> int:
        forms = self._forms()
        return max(min(form.size for form in forms) + 3, forms[-1].period + 4 if len(forms) == 1 else 0)

    def _signed(self) -> bool:
        return any(not form.positive for form in self._forms())

    def _learn(self, y: Tensor) -> list[tuple[Tensor, Piece]]:
        forms, rows = self._forms(), torch.arange(len(y), device=y.device)
        fits = [self._each(y, form) for form in forms]
        positive, count = y.nan_to_num(torch.inf).amin(1) > 0, (~torch.isnan(y)).sum(1)
        scores = [
            torch.where((positive | (not f.form.positive)) & (count > f.form.size + 2), f.aicc, torch.inf)
            for f in fits
        ]
        best = torch.stack(scores).nan_to_num(torch.inf, torch.inf).argmin(0)
        self.models_ = [forms[i].name for i in best.tolist()]
        for name in ("weights", "loglik", "aicc"):
            setattr(self, name + "_", torch.stack([getattr(f, name) for f in fits])[best, rows])
        searches = [torch.stack([getattr(f, n) for f in fits])[best, rows] for n in ("n_iter", "reason")]
        self._ended(*searches)
        pieces, self.variance_ = list[tuple[Tensor, Piece]](), torch.zeros_like(self.loglik_)
        for i, fitted in enumerate(fits):
            chosen = (best == i).nonzero()[:, 0]
            if len(chosen):
                piece = last_state(y[chosen], fitted.take(chosen), self.random_state)
                self.variance_[chosen] = piece.variance
                pieces.append((chosen, piece))
        return pieces

    def _each(self, y: Tensor, form: Form) -> Fitted:
        parts = [fit(part, form, self.max_iter, self.tol) for part in y.split(CHUNK)]
        names = [field.name for field in fields(Fitted) if field.name != "form"]
        return Fitted(form, *(torch.cat([getattr(part, name) for part in parts]) for name in names))


def read(model: str, period: int) -> Form:
    """A form from its letters.

    Parameters
    ----------
    model : str
        Error A or M; trend N, A, M, Ad or Md; season N, A or M.
    period : int
        Length of a season in steps; not read where there is none.

    Raises
    ------
    ValueError
        The letters are no model, or a season lacks its period.

    Examples
    --------
    >>> read("MAdM", 12)
    Form(error='M', trend='A', season='M', damped=True, period=12)
    """
    letters, damped = model.replace("d", "", 1), model[2:3] == "d"
    fine = len(letters) == 3 and letters[0] in "AM" and set(letters[1:]) <= set("NAM")
    if not fine or len(model) != 3 + damped or (damped and letters[1] == "N"):
        raise ValueError(
            f"model is {model!r}; give error A or M, trend N, A, M, Ad or Md, season N, A or M, or 'auto'"
        )
    if letters[2] != "N" and period < 2:
        raise ValueError(f"model {model} has a season; give period=, its length in steps, 2 or more")
    return Form(letters[0], letters[1], letters[2], damped, period if letters[2] != "N" else 1)


def admitted(period: int) -> list[Form]:
    """Forms that ``"auto"`` chooses from: no multiplicative trend, no additive error with such a season.

    Examples
    --------
    >>> [form.name for form in admitted(1)]
    ['ANN', 'AAN', 'AAdN', 'MNN', 'MAN', 'MAdN']
    >>> len(admitted(12))
    15
    """
    seasons = "NAM" if period > 1 else "N"
    names = [e + t + s for s in seasons for e in "AM" for t in ("N", "A", "Ad") if e + s != "AM"]
    return [read(name, period) for name in names]
