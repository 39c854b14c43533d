"""A stand-in for cuML: its learners and parameters, scikit-learn's results, answers of the input's kind."""

import importlib
import inspect
import sys
from types import ModuleType

import numpy as np
from cudf import DataFrame, Series
from cupy._array import ndarray, wrap
from cupyx.scipy.sparse import _wrap, spmatrix
from stand_in import bind, crossing, lacking, quiet
from stand_in.contract import missing

__version__ = "26.10.0"
_RENAMED = {"split_criterion": "criterion", "max_leaves": "max_leaf_nodes"}
_SPELLED = {("init", "scalable-k-means++"): "k-means++", ("criterion", "mse"): "squared_error"}
_SPELLED |= {("max_leaf_nodes", -1): None}
_METHODS = (
    "fit predict predict_proba transform fit_transform fit_predict score kneighbors inverse_transform "
    "decision_function"
).split()
_LEARNERS = {
    "cluster": "KMeans DBSCAN",
    "linear_model": "LinearRegression LogisticRegression",
    "ensemble": "RandomForestClassifier RandomForestRegressor",
    "neighbors": "NearestNeighbors KNeighborsClassifier KNeighborsRegressor",
    "decomposition": "PCA TruncatedSVD",
    "feature_extraction": "",
    "feature_extraction.text": "TfidfVectorizer",
}
_SPARSE = ("LogisticRegression", "NearestNeighbors", "KNeighborsClassifier", "KNeighborsRegressor", "PCA")


class Learner:
    """One of scikit-learn behind cuML's parameters."""

    def __init__(self, **kwargs):
        bind(self._full, (), kwargs)
        self._given, self._device = kwargs, True

    def get_params(self, deep=True):
        return dict(self._given)

    def set_params(self, **kwargs):
        self._given |= kwargs
        return self

    def _new(self):
        """Of scikit-learn; cuML's own parameters are left out."""
        known = inspect.signature(self._real).parameters
        given = {_RENAMED.get(name, name): value for name, value in self._given.items()}
        spelled = {name: _SPELLED.get((name, value), value) for name, value in given.items() if name in known}
        return self._real(**spelled)

    def _plain(self, value):
        if isinstance(value, spmatrix) and type(self).__name__ not in _SPARSE:
            raise TypeError(f"cuml {type(self).__name__} takes no sparse input")
        if "text" in self._full and not isinstance(value, Series):
            raise TypeError("cuML's vectorizers take a cudf.Series of str")
        if isinstance(value, ndarray | spmatrix):
            return value._a if isinstance(value, ndarray) else value._m
        if isinstance(value, Series | DataFrame):
            with quiet():
                return value.to_pandas()
        if isinstance(value, np.ndarray) and value.ndim:
            crossing("learner given host", "in", value.nbytes)
        return value

    def _like(self, found):
        if isinstance(found, tuple):
            return tuple(map(self._like, found))
        if hasattr(found, "tocsr"):
            return _wrap(found.tocsr())
        is_numbers = isinstance(found, np.ndarray) and found.dtype.kind in "biufc"
        return wrap(np.ascontiguousarray(found)) if is_numbers and self._device else found

    def _call(self, method, *args, **kwargs):
        bind(f"{self._full}.{method}", (self, *args), kwargs)
        self._device = not isinstance(args[0] if args else kwargs.get("X"), np.ndarray)
        if method.startswith("fit"):
            self._fitted = self._new()
        found = getattr(self._fitted, method)(
            *map(self._plain, args), **{key: self._plain(kwargs[key]) for key in kwargs}
        )
        return self if found is self._fitted else float(found) if method == "score" else self._like(found)

    def __getattr__(self, name):
        if name in vars(self).get("_given", ()):
            return self._given[name]
        if name.endswith("_") and name[0] != "_":
            return self._like(getattr(self._fitted, name))
        if name not in _METHODS or not hasattr(self._real, name):
            raise missing(self._full, name, f"{type(self).__name__!r} object")
        return lambda *args, **kwargs: self._call(name, *args, **kwargs)


for _path, _names in _LEARNERS.items():
    _module = sys.modules[f"cuml.{_path}"] = ModuleType(f"cuml.{_path}")
    _owner, _, _last = f"cuml.{_path}".rpartition(".")
    setattr(sys.modules[_owner], _last, _module)
    _module.__getattr__ = lacking(_module.__name__)
    for _name in _names.split():
        _real = getattr(importlib.import_module(f"sklearn.{_path}"), _name)
        _members = {"_real": _real, "_full": f"cuml.{_path}.{_name}", "__module__": f"cuml.{_path}"}
        setattr(_module, _name, type(_name, (Learner,), _members))
__getattr__ = lacking("cuml")
