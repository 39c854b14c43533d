"""XGBoost and PyTorch beside the stand-in: what reads device memory there is given the same memory here.

XGBoost's adapters look for CUDA, so frames and arrays are unwrapped at its door (no copy is counted: the real one takes
pointers), and ``device="cuda"`` becomes the CPU. PyTorch's tensors of device arrays are of the host: `engine_of` cannot
tell them, so they are marked.
"""

import importlib.abc
import importlib.util
import sys


def _is_double(value):
    return type(value).__module__.partition(".")[0] in ("cudf", "cupy")


def _host(value):
    from cudf._frames import DataFrame, Series, _plain_frame, _plain

    if isinstance(value, DataFrame):
        return _plain_frame(value._p)
    if isinstance(value, Series):
        return _plain(value._p)
    return value._a if _is_double(value) else value


def xgboost(module):
    from types import SimpleNamespace

    from cupy._array import wrap

    data, core = module.data, module.core
    proxy, dispatch, infos, predict = (
        data._proxy_transform,
        data.dispatch_data_backend,
        data.dispatch_meta_backend,
        core.Booster.inplace_predict,
    )

    def transform(frame, names, types, enable_categorical):
        columns = [frame[name].__cuda_array_interface__ for name in frame.columns]
        return SimpleNamespace(aitfs=columns), names, types

    data._transform_cudf_df = transform
    data._proxy_transform = lambda value, *rest: proxy(_host(value), *rest)
    data.dispatch_data_backend = lambda value, *args, **kwargs: dispatch(_host(value), *args, **kwargs)
    data.dispatch_meta_backend = lambda matrix, value, *args, **kwargs: infos(matrix, _host(value), *args, **kwargs)
    for each in ("dispatch_data_backend", "dispatch_meta_backend"):
        if hasattr(core, each):
            setattr(core, each, getattr(data, each))

    def inplace(self, value, *args, **kwargs):
        found = predict(self, _host(value), *args, **kwargs)
        return wrap(found) if _is_double(value) else found

    core.Booster.inplace_predict = inplace
    train, shown = module.train, module.training

    def on_host(parameters, *args, **kwargs):
        return train({**parameters, "device": "cpu"}, *args, **kwargs)

    module.train = shown.train = on_host


def torch(module):
    from cupy._array import ndarray
    from stand_in import crossing

    for name in ("as_tensor", "tensor", "asarray"):
        made = getattr(module, name)

        def call(value, *args, _made=made, **kwargs):
            if isinstance(value, ndarray):
                crossing("torch from a device array (the real tensor would be on the device)", "same")
                value = value._a
                kwargs.pop("device", None)
            return _made(value, *args, **kwargs)

        setattr(module, name, call)


class _Finder(importlib.abc.MetaPathFinder):
    """Shims a library right after it is imported."""

    wanted = {"xgboost": xgboost, "torch": torch}

    def find_spec(self, name, path=None, target=None):
        if name not in self.wanted:
            return None
        shim = self.wanted[name]
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        sys.meta_path.insert(0, self)
        load = spec.loader.exec_module

        def exec_module(module):
            load(module)
            shim(module)

        spec.loader.exec_module = exec_module
        return spec


def install():
    for name, shim in _Finder.wanted.items():
        if name in sys.modules and not getattr(sys.modules[name], "_shimmed", False):
            shim(sys.modules[name])
            sys.modules[name]._shimmed = True
    if not any(isinstance(each, _Finder) for each in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
