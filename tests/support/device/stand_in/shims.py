"""XGBoost and PyTorch beside the stand-in: what reads device memory there is given the same memory here.

XGBoost's adapters look for CUDA, so frames and arrays are unwrapped at its door (no copy is counted: the real
one takes pointers), and ``device="cuda"`` becomes the CPU. Rows elsewhere than their booster are refused; the
real one warns, and copies them. PyTorch's tensors of device arrays are the host's.
"""

import importlib.abc
import importlib.util
import sys
from types import SimpleNamespace

from stand_in.crossings import crossing, quiet


def _is_device(value):
    return type(value).__module__.partition(".")[0] in ("cudf", "cupy")


def _host(value):
    if not _is_device(value):
        return value
    with quiet():
        return value.to_pandas() if hasattr(value, "to_pandas") else value.__cupy_view__()


def _unwrapped(function):
    return lambda *args, **named: function(*map(_host, args), **{key: _host(named[key]) for key in named})


def xgboost(module):
    from cupy._array import wrap

    def transform(frame, names, types, enable_categorical):
        columns = [frame[name].__cuda_array_interface__ for name in frame.columns]
        return SimpleNamespace(aitfs=columns), names, types

    data, core, booster = module.data, module.core, module.core.Booster
    data._transform_cudf_df = transform
    data._proxy_transform = _unwrapped(data._proxy_transform)
    for name in ("dispatch_data_backend", "dispatch_meta_backend"):
        made = _unwrapped(getattr(data, name))
        for each in (data, core):
            setattr(each, name, made)
    predict, boost, put, part = booster.inplace_predict, booster.boost, booster.set_param, booster.__getitem__

    def held(self, *values):
        if any(_is_device(value) != (self.on == "cuda") for value in values):
            raise RuntimeError(f"mismatched devices: the booster is on {self.on}, and its data are not")
        return map(_host, values)

    def inplace_predict(self, value, *args, **kwargs):
        found = predict(self, *held(self, value), *args, **kwargs)
        return wrap(found) if _is_device(value) else found

    def boosted(self, cached, number, *, grad, hess):
        grad, hess = held(self, grad, hess)
        boost(self, cached, number, grad=grad, hess=hess)

    def set_param(self, params, value=None):
        params = {params: value} if isinstance(params, str) else params
        pairs = list(params.items() if hasattr(params, "items") else params)
        self.on = dict(pairs).get("device", self.on)
        put(self, [pair for pair in pairs if pair[0] != "device"])

    def sliced(self, key):
        found = part(self, key)
        found.on = self.on
        return found

    booster.on, booster.inplace_predict, booster.boost = "cpu", inplace_predict, boosted
    booster.set_param, booster.__getitem__ = set_param, sliced


def torch(module):
    def shimmed(made):
        def call(value, *args, **kwargs):
            if type(value).__module__ == "cupy":
                crossing("tensor", "same")
                kwargs.pop("device", None)
                value = value.__cupy_view__()
            return made(value, *args, **kwargs)

        return call

    for name in ("as_tensor", "tensor", "asarray"):
        setattr(module, name, shimmed(getattr(module, name)))


class Finder(importlib.abc.MetaPathFinder):
    """Shims a library right after it is imported."""

    def find_spec(self, name, path=None, target=None):
        if name not in ("xgboost", "torch"):
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        sys.meta_path.insert(0, self)
        if spec is not None:
            load = spec.loader.exec_module
            spec.loader.exec_module = lambda module: (load(module), globals()[name](module))
        return spec
