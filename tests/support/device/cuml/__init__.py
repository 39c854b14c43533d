"""A stand-in for cuML: its classes and parameters, scikit-learn's results, outputs of the kind of the input."""

import importlib
import inspect
import sys
import types

import numpy as np

from cudf._frames import DataFrame, Series
from cupy._array import ndarray, wrap
from cupyx.scipy.sparse import spmatrix
from stand_in import bind, crossing, exists, names, quiet

__version__ = "26.10.0"
_RENAMED = {"split_criterion": "criterion", "max_leaves": "max_leaf_nodes", "eigen_solver": "solver"}
_DENSE_ONLY = {"TruncatedSVD", "LinearRegression", "RandomForestClassifier", "RandomForestRegressor", "DBSCAN", "KMeans"}
_METHODS = (
    "fit predict predict_proba predict_log_proba transform fit_transform fit_predict score kneighbors kneighbors_graph "
    "inverse_transform decision_function"
).split()


def _plain(value, name):
    if isinstance(value, ndarray):
        return value._a
    if isinstance(value, spmatrix):
        if name in _DENSE_ONLY:
            raise TypeError(f"cuml {name} takes no sparse input")
        return value._m
    if isinstance(value, (Series, DataFrame)):
        with quiet():
            return value.to_pandas()
    if isinstance(value, np.ndarray) and value.ndim:
        crossing("cuML given an array of the host", "in", value.nbytes)
    return value


def _like(found, device):
    if isinstance(found, tuple):
        return tuple(_like(each, device) for each in found)
    if isinstance(found, np.ndarray) and found.dtype.kind in "biufc":
        return wrap(np.ascontiguousarray(found)) if device else found
    return found


class Base:
    """One learner."""

    _real = None
    _full = ""

    def __init__(self, *args, **kwargs):
        if args:
            raise TypeError(f"{type(self).__name__}.__init__() takes keyword arguments only")
        bind(self._full, (), kwargs)
        self._given = kwargs
        self._device = True

    def get_params(self, deep=True):
        return dict(self._given)

    def set_params(self, **kwargs):
        self._given |= kwargs
        return self

    def _built(self):
        known = inspect.signature(self._real).parameters
        out = {}
        for name, value in self._given.items():
            name = _RENAMED.get(name, name)
            value = {"scalable-k-means++": "k-means++", "mse": "squared_error"}.get(value, value) if isinstance(value, str) else value
            if name == "max_leaf_nodes" and value == -1:
                value = None
            if name in known:
                out[name] = value
        return self._real(**out)

    def _call(self, method, *args, **kwargs):
        if not exists(f"{self._full}.{method}"):
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{method}'")
        bind(f"{self._full}.{method}", (self, *args), kwargs)
        first = args[0] if args else kwargs.get("X")
        self._device = isinstance(first, (ndarray, spmatrix, Series, DataFrame))
        if method.startswith("fit") or not hasattr(self, "_fitted"):
            self._fitted = self._built()
        name = type(self).__name__
        kwargs = {key: _plain(each, name) for key, each in kwargs.items() if key not in ("convert_dtype", "output_type")}
        found = getattr(self._fitted, method)(*(_plain(each, name) for each in args), **kwargs)
        if found is self._fitted:
            return self
        if method == "score":
            return float(found)
        return _like(found, self._device)

    def __getattr__(self, name):
        if name in _METHODS and not name.startswith("_"):
            if not exists(f"{self._full}.{name}"):
                raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
            return lambda *args, **kwargs: self._call(name, *args, **kwargs)
        if name.startswith("_"):
            raise AttributeError(name)
        if name in self._given:
            return self._given[name]
        if "_fitted" in self.__dict__ and name.endswith("_"):
            return _like(getattr(self._fitted, name), self._device)
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")


def _module(name):
    module = types.ModuleType(f"cuml.{name}")
    real = importlib.import_module(f"sklearn.{name}")
    for each in names(f"cuml.{name}"):
        kind = getattr(real, each, None)
        if isinstance(kind, type) and exists(f"cuml.{name}.{each}.fit"):
            made = type(each, (Base,), {"_real": kind, "_full": f"cuml.{name}.{each}", "__module__": f"cuml.{name}"})
            setattr(module, each, made)
    sys.modules[module.__name__] = module
    return module


for _name in ("cluster", "linear_model", "ensemble", "neighbors", "decomposition", "preprocessing", "svm", "naive_bayes"):
    globals()[_name] = _module(_name)


class _Tfidf(Base):
    """Text comes as a cuDF series; the matrix goes out as CuPy's CSR."""

    def _call(self, method, *args, **kwargs):
        (texts,) = args[:1]
        if not isinstance(texts, Series):
            raise TypeError("cuML's vectorizers take a cudf.Series of str")
        bind(f"{self._full}.{method}", (self, *args), kwargs)
        if method.startswith("fit"):
            self._fitted = self._built()
        from cupyx.scipy.sparse import _wrap

        found = getattr(self._fitted, method)(list(texts._p))
        return self if found is self._fitted else _wrap(found.tocsr())


feature_extraction = types.ModuleType("cuml.feature_extraction")
text = types.ModuleType("cuml.feature_extraction.text")
for _name in ("TfidfVectorizer", "CountVectorizer"):
    _real = getattr(importlib.import_module("sklearn.feature_extraction.text"), _name)
    _made = type(_name, (_Tfidf,), {"_real": _real, "_full": f"cuml.feature_extraction.text.{_name}", "__module__": text.__name__})
    setattr(text, _name, _made)
feature_extraction.text = text
sys.modules[feature_extraction.__name__], sys.modules[text.__name__] = feature_extraction, text
