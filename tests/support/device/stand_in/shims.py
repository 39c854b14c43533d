"""XGBoost and PyTorch beside the stand-in: what reads device memory there is given the same memory here.

XGBoost's adapters look for CUDA, so frames and arrays are unwrapped at its door (no copy is counted: the real
one takes pointers), and ``device="cuda"`` becomes the CPU. PyTorch's tensors of device arrays are the host's.
"""

import importlib.abc
import importlib.util
import sys
from types import SimpleNamespace

from stand_in.crossings import crossing


def _is_device(value):
    return type(value).__module__.partition(".")[0] in ("cudf", "cupy")


def _host(value):
    from cudf._frames import DataFrame, Series, _plain, _plain_frame

    if isinstance(value, DataFrame):
        return _plain_frame(value._p)
    if isinstance(value, Series):
        return _plain(value._p)
    return value._a if _is_device(value) else value


def xgboost(module):
    data, core = module.data, module.core

    def unwrapped(function, place):
        def call(*args, **kwargs):
            return function(*args[:place], _host(args[place]), *args[place + 1 :], **kwargs)

        return call

    def transform(frame, names, types, enable_categorical):
        columns = [frame[name].__cuda_array_interface__ for name in frame.columns]
        return SimpleNamespace(aitfs=columns), names, types

    data._transform_cudf_df = transform
    data._proxy_transform = unwrapped(data._proxy_transform, 0)
    for name, place in (("dispatch_data_backend", 0), ("dispatch_meta_backend", 1)):
        made = unwrapped(getattr(data, name), place)
        for each in (data, core):
            if hasattr(each, name):
                setattr(each, name, made)
    predict, train = core.Booster.inplace_predict, module.train

    def inplace_predict(self, value, *args, **kwargs):
        from cupy._array import wrap

        found = predict(self, _host(value), *args, **kwargs)
        return wrap(found) if _is_device(value) else found

    def on_host(parameters, *args, **kwargs):
        return train({**parameters, "device": "cpu"}, *args, **kwargs)

    core.Booster.inplace_predict = inplace_predict
    module.train = module.training.train = on_host


def torch(module):
    for name in ("as_tensor", "tensor", "asarray"):

        def call(value, *args, _made=getattr(module, name), **kwargs):
            if type(value).__module__ == "cupy":
                crossing("tensor", "same")
                value = value._a
                kwargs.pop("device", None)
            return _made(value, *args, **kwargs)

        setattr(module, name, call)


class _Finder(importlib.abc.MetaPathFinder):
    """Shims a library right after it is imported."""

    def find_spec(self, name, path=None, target=None):
        if name not in ("xgboost", "torch"):
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        sys.meta_path.insert(0, self)
        if spec is None:
            return None
        load = spec.loader.exec_module

        def exec_module(module):
            load(module)
            globals()[name](module)

        spec.loader.exec_module = exec_module
        return spec


def install():
    sys.meta_path.insert(0, _Finder())
