"""Learners by their scikit-learn names, with their twins in cuML and what the two take alike.

`etl.engine.Engine.learner` hands out the library's own class, built with parameters that both libraries know:
what a GPU could not do is refused on a CPU already. Signatures: scikit-learn 1.6 to 1.9, cuML 26.10.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Parameters = dict[str, Any]


@dataclass(frozen=True)
class Twin:
    """One row of the table.

    Attributes
    ----------
    path : str
        In scikit-learn.
    cuml : str
        In cuML.
    same : str
        Parameters that both take, by scikit-learn's names.
    renamed : dict
        cuML's names of some of them.
    only : dict
        Values, or types, that both know, where they differ about others.
    values : dict
        cuML's spelling of a value, by parameter.
    pinned : dict
        Of the GPU alone: what makes cuML's default scikit-learn's.
    differs : str
        What is not alike all the same.
    """

    path: str
    cuml: str
    same: str
    differs: str
    renamed: Mapping[str, str] = field(default_factory=dict)
    only: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    values: Mapping[str, tuple[tuple[Any, Any], ...]] = field(default_factory=dict)
    pinned: Mapping[str, Any] = field(default_factory=dict)

    def checked(self, parameters: Parameters) -> Parameters:
        """The parameters, if both libraries take them.

        Raises
        ------
        TypeError
            A parameter is of one library only.
        ValueError
            A value is.

        Examples
        --------
        >>> twin("cluster.KMeans").checked({"algorithm": "elkan"})
        Traceback (most recent call last):
        TypeError: cluster.KMeans: algorithm is not taken by both scikit-learn and cuML; both ...
        """
        known = self.same.split()
        if strange := [name for name in parameters if name not in known and not self.is_jobs(name)]:
            raise TypeError(
                f"{self.path}: {', '.join(strange)} is not taken by both scikit-learn and cuML; both take "
                f"{' '.join(known)}. Leave it out, or import the library's own class"
            )
        for name, value in parameters.items():
            if name in self.only and not any(_is(value, each) for each in self.only[name]):
                allowed = ", ".join(str(getattr(each, "__name__", repr(each))) for each in self.only[name])
                raise ValueError(
                    f"{self.path}: {name} is {value!r}, which one library only knows; both know {allowed}"
                )
        return parameters

    def is_jobs(self, name: str) -> bool:
        """Whether it is scikit-learn's number of threads, which is dropped on a GPU."""
        return name == "n_jobs" and self.path.startswith(("ensemble.", "neighbors.", "cluster.DBSCAN"))

    def translated(self, parameters: Parameters) -> Parameters:
        """The parameters as cuML spells them.

        Examples
        --------
        >>> twin("tree.DecisionTreeRegressor").translated({"criterion": "squared_error"})["split_criterion"]
        'mse'
        """
        given = dict(self.pinned)
        for name, value in self.checked(parameters).items():
            if not self.is_jobs(name):
                spelled = [cuml for sklearn, cuml in self.values.get(name, ()) if _is(value, sklearn)]
                given[self.renamed.get(name, name)] = spelled[0] if spelled else value
        return given


def _is(value: object, known: object) -> bool:
    """Whether a parameter is a known value, or of a known type."""
    if isinstance(known, type):
        return isinstance(value, known) and not isinstance(value, bool)
    return type(value) is type(known) and bool(value == known)


_TREE = (
    "max_depth max_leaf_nodes max_features min_samples_split min_samples_leaf min_impurity_decrease "
    "random_state"
)
_NAMES = {"criterion": "split_criterion", "max_leaf_nodes": "max_leaves"}
_SPELLED = {
    "criterion": (("squared_error", "mse"),),
    "max_leaf_nodes": ((None, -1),),
    "max_features": ((None, 1.0),),
    "max_samples": ((None, 1.0),),
}
_CLASSES: dict[str, tuple[Any, ...]] = {"criterion": ("gini", "entropy"), "max_samples": (float, None)}
_NUMBERS: dict[str, tuple[Any, ...]] = {"criterion": ("squared_error",), "max_samples": (float, None)}
_ONE = {"n_estimators": 1, "bootstrap": False, "n_streams": 1, "max_features": 1.0}
_BINS = (
    "cuML looks for splits among 128 quantiles of a feature, so thresholds differ where there are more "
    "values; it computes in float32; attributes such as tree_ and estimators_ are not there"
)
_FOREST = f"n_estimators bootstrap max_samples oob_score criterion {_TREE}"
_NEAR = "n_neighbors metric p algorithm"
_NEAR_ONLY: dict[str, tuple[Any, ...]] = {
    "algorithm": ("auto", "brute"),
    "metric": ("minkowski", "euclidean", "manhattan", "chebyshev", "cosine", "correlation"),
    "weights": ("uniform", "distance"),
}
_NEAR_PINNED = {"metric": "minkowski"}
_TIES = "rows at the same distance may come in another order"
_SIGN = "a component may have the opposite sign"

TABLE = (
    Twin("tree.DecisionTreeClassifier", "ensemble.RandomForestClassifier", f"criterion class_weight {_TREE}",
         f"cuML has no single tree: a forest of one, of all rows and features; {_BINS}",
         _NAMES, _CLASSES, _SPELLED, _ONE),
    Twin("tree.DecisionTreeRegressor", "ensemble.RandomForestRegressor", f"criterion {_TREE}",
         f"cuML has no single tree: a forest of one, of all rows and features; {_BINS}",
         _NAMES, _NUMBERS, _SPELLED, _ONE),
    Twin("ensemble.RandomForestClassifier", "ensemble.RandomForestClassifier", f"{_FOREST} class_weight",
         f"rows and features are drawn by other generators; {_BINS}", _NAMES, _CLASSES, _SPELLED),
    Twin("ensemble.RandomForestRegressor", "ensemble.RandomForestRegressor", _FOREST,
         f"rows and features are drawn by other generators; {_BINS}", _NAMES, _NUMBERS, _SPELLED),
    Twin("linear_model.LinearRegression", "linear_model.LinearRegression", "fit_intercept copy_X",
         "of several best fits scikit-learn takes the smallest; cuML takes dense X only"),
    Twin("linear_model.LogisticRegression", "linear_model.LogisticRegression",
         "C tol fit_intercept class_weight max_iter",
         "the penalty is L2 in both; solvers differ (lbfgs, quasi-Newton), so weights agree to about tol",
         pinned={"max_iter": 100}),
    Twin("cluster.KMeans", "cluster.KMeans", "n_clusters init n_init max_iter tol random_state",
         "starts are drawn by other generators (k-means++, k-means||); clusters are numbered otherwise",
         only={"init": ("k-means++", "random")},
         values={"init": (("k-means++", "scalable-k-means++"),)}),
    Twin("cluster.DBSCAN", "cluster.DBSCAN", "eps min_samples metric",
         "cuML always compares all pairs; a border point of two clusters may go to either",
         only={"metric": ("euclidean", "cosine")}),
    Twin("neighbors.NearestNeighbors", "neighbors.NearestNeighbors", _NEAR, _TIES,
         only=_NEAR_ONLY, pinned=_NEAR_PINNED),
    Twin("neighbors.KNeighborsClassifier", "neighbors.KNeighborsClassifier", f"{_NEAR} weights", _TIES,
         only=_NEAR_ONLY, pinned=_NEAR_PINNED),
    Twin("neighbors.KNeighborsRegressor", "neighbors.KNeighborsRegressor", f"{_NEAR} weights", _TIES,
         only=_NEAR_ONLY, pinned=_NEAR_PINNED),
    Twin("decomposition.PCA", "decomposition.PCA", "n_components whiten copy svd_solver",
         f"{_SIGN}; cuML takes no share of the variance for n_components",
         only={"n_components": (int, None), "svd_solver": ("auto", "full")}),
    Twin("decomposition.TruncatedSVD", "decomposition.TruncatedSVD", "n_components random_state",
         f"{_SIGN}; scikit-learn draws at random by default, cuML is exact; cuML takes dense X only",
         only={"n_components": (int,)}, pinned={"n_components": 2}),
)  # fmt: skip
"""Every learner that is handed out."""


def twin(path: str) -> Twin:
    """The row of a scikit-learn path.

    Raises
    ------
    ValueError
        There is none; the message shows all.

    Examples
    --------
    >>> twin("decomposition.PCA").cuml
    'decomposition.PCA'
    """
    for row in TABLE:
        if row.path == path:
            return row
    known = ", ".join(row.path for row in TABLE)
    raise ValueError(f"{path!r} is no learner of both libraries; there are {known}")
