"""A stand-in for cuML: its classes and parameters, scikit-learn's results, outputs of the kind of the input."""

import importlib
import inspect
import sys
from types import ModuleType

import numpy as np
from cudf._frames import DataFrame, Series
from cupy._array import ndarray, wrap
from cupyx.scipy.sparse import _wrap, spmatrix
from stand_in import bind, crossing, lacking, quiet
from stand_in.contract import missing

__version__ = "26.10.0"
_RENAMED = {"split_criterion": "criterion", "max_leaves": "max_leaf_nodes"}
_SPELLED = {"scalable-k-means++": "k-means++", "mse": "squared_error"}
_METHODS = (
    "fit predict predict_proba transform fit_transform fit_predict score kneighbors inverse_transform "
    "decision_function"
).split()
_LEARNERS = (
    "cluster.KMeans cluster.DBSCAN linear_model.LinearRegression linear_model.LogisticRegression "
    "ensemble.RandomForestClassifier ensemble.RandomForestRegressor neighbors.NearestNeighbors "
    "neighbors.KNeighborsClassifier neighbors.KNeighborsRegressor decomposition.PCA decomposition.TruncatedSVD "
    "feature_extraction.text.TfidfVectorizer"
).split()
_SPARSE = ("LogisticRegression", "NearestNeighbors", "KNeighborsClassifier", "KNeighborsRegressor", "PCA")


class Learner:
    """One learner of scikit-learn behind cuML's parameters."""

    _real = None
    _full = ""

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
        given = {_RENAMED.get(key, key): value for key, value in self._given.items()}
        given = {
            key: _SPELLED.get(each, each) if isinstance(each, str) else each for key, each in given.items()
        }
        if given.get("max_leaf_nodes") == -1:
            given["max_leaf_nodes"] = None
        return self._real(**{key: value for key, value in given.items() if key in known})

    def _plain(self, value):
        if isinstance(value, spmatrix) and type(self).__name__ not in _SPARSE:
            raise TypeError(f"cuml {type(self).__name__} takes no sparse input")
        if isinstance(value, ndarray | spmatrix):
            return value._a if isinstance(value, ndarray) else value._m
        if isinstance(value, Series | DataFrame):
            with quiet():
                return list(value.to_pandas()) if "feature_extraction" in self._full else value.to_pandas()
        if "feature_extraction" in self._full:
            raise TypeError("cuML's vectorizers take a cudf.Series of str")
        if isinstance(value, np.ndarray) and value.ndim:
            crossing("cuML given an array of the host", "in", value.nbytes)
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
        kwargs = {key: self._plain(each) for key, each in kwargs.items() if key != "convert_dtype"}
        found = getattr(self._fitted, method)(*map(self._plain, args), **kwargs)
        if method == "score":
            return float(found)
        return self if found is self._fitted else self._like(found)

    def __getattr__(self, name):
        if name[0] == "_":
            raise AttributeError(name)
        if name in self._given:
            return self._given[name]
        if "_fitted" in self.__dict__ and name.endswith("_"):
            return self._like(getattr(self._fitted, name))
        if name not in _METHODS or not hasattr(self._real, name):
            raise missing(self._full, name, f"{type(self).__name__!r} object")
        return lambda *args, **kwargs: self._call(name, *args, **kwargs)


for _path in _LEARNERS:
    _module, _, _name = _path.rpartition(".")
    _owner = sys.modules[__name__]
    for _part in _module.split("."):
        if not isinstance(vars(_owner).get(_part), ModuleType):
            _made = ModuleType(f"{_owner.__name__}.{_part}")
            _made.__getattr__ = lacking(_made.__name__)
            setattr(_owner, _part, _made)
            sys.modules[_made.__name__] = _made
        _owner = getattr(_owner, _part)
    _real = getattr(importlib.import_module(f"sklearn.{_module}"), _name)
    _members = {"_real": _real, "_full": f"cuml.{_path}", "__module__": f"cuml.{_module}"}
    setattr(_owner, _name, type(_name, (Learner,), _members))
__getattr__ = lacking("cuml")
