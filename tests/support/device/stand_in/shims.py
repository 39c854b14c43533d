"""XGBoost and PyTorch beside the stand-in: what reads device memory there is given the same memory here.

XGBoost's adapters look for CUDA, so frames and arrays are unwrapped at its door (no copy is counted: the real
one takes pointers), and ``device="cuda"`` becomes the CPU. PyTorch's tensors of device arrays are the host's.
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


def _unwrapped(function, place):
    return lambda *args, **kwargs: function(*args[:place], _host(args[place]), *args[place + 1 :], **kwargs)


def _without_device(params):
    if isinstance(params, str):
        return params
    pairs = params.items() if hasattr(params, "items") else params
    return [(name, value) for name, value in pairs if name != "device"]


def xgboost(module):
    from cupy._array import wrap

    def transform(frame, names, types, enable_categorical):
        columns = [frame[name].__cuda_array_interface__ for name in frame.columns]
        return SimpleNamespace(aitfs=columns), names, types

    data, core = module.data, module.core
    data._transform_cudf_df = transform
    data._proxy_transform = _unwrapped(data._proxy_transform, 0)
    for name, place in (("dispatch_data_backend", 0), ("dispatch_meta_backend", 1)):
        made = _unwrapped(getattr(data, name), place)
        for each in (data, core):
            setattr(each, name, made)
    predict, boost, put = core.Booster.inplace_predict, core.Booster.boost, core.Booster.set_param

    def inplace_predict(self, value, *args, **kwargs):
        found = predict(self, _host(value), *args, **kwargs)
        return wrap(found) if _is_device(value) else found

    core.Booster.inplace_predict = inplace_predict
    core.Booster.boost = lambda *args, grad, hess: boost(*args, grad=_host(grad), hess=_host(hess))
    core.Booster.set_param = lambda self, params, value=None: put(self, _without_device(params), value)


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
