"""Networks by the name of what makes them, with weights from files that run nothing."""

import importlib
import inspect
import json
import os
import pickle
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from etl.engine.types import Module, Tensor
from etl.files import check_exists, reading
from etl.records import Choice, record
from models.tensors.layers.conv import FactorizedConv2d
from models.tensors.layers.linear import FactorizedLinear
from models.tensors.savings import replaced

OWN = "models."
"""Modules that may be imported unasked."""
TRUSTED = "TRINITY_NETWORKS"
"""Environment variable: further modules that a saved model may name, separated by commas."""
NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")
WRAPPERS = ("module.", "_orig_mod.")
"""What DistributedDataParallel and torch.compile put before names."""
STATES = ("state_dict", "model")
"""Keys under which training scripts put the state dict."""


def keywords(words: Sequence[str]) -> dict[str, Any]:
    """Keywords from ``name=value``; values are read as JSON, and as text where they are none.

    Examples
    --------
    >>> keywords(["classes=10", "kind=deep"])
    {'classes': 10, 'kind': 'deep'}
    """
    found = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name.isidentifier():
            raise ValueError(f"--keywords {word} is no name=value; give such as classes=10")
        try:
            found[name] = json.loads(value)
        except json.JSONDecodeError:
            found[name] = value
    return found


def made(name: str, keywords: Mapping[str, Any], asked: bool) -> Module:
    """A new network.

    Parameters
    ----------
    name : str
        ``module:name`` of a class or function.
    keywords : mapping
    asked : bool
        Whether the user named it. Of others, as in files of a model, only networks of `OWN` and modules that
        `TRUSTED` names are made: a file from a stranger could name anything.

    Raises
    ------
    ValueError
        There is none of that name, it is not trusted, or it does not take the keywords.
    """
    if not NAME.fullmatch(name):
        raise ValueError(f"the network {name!r} is no module:name; name one as mynets:Net")
    module, _, attribute = name.partition(":")
    trusted = asked or module in os.environ.get(TRUSTED, "").split(",")
    if not trusted and not module.startswith(OWN):
        raise ValueError(
            f"the model's network {name} is not Trinity's, and is not imported unasked; "
            f"if you trust {module}, set {TRUSTED}={module}"
        )
    maker = _maker(module, attribute)
    if not trusted and not _is_ours(maker, module):
        raise ValueError(f"{name} makes no network of {module}; name a class of torch.nn.Module")
    try:
        found = maker(**keywords)
    except TypeError as error:
        raise ValueError(f"{name} does not take the keywords {dict(keywords)} ({error})") from error
    except Exception as error:
        raise ValueError(
            f"{name} fails with the keywords {dict(keywords)} ({_told(error)}); mend it"
        ) from error
    if not isinstance(found, nn.Module):
        raise ValueError(f"{name} makes a {type(found).__name__}; name what makes a torch.nn.Module")
    if lazy := [at for at, held in found.named_parameters() if nn.parameter.is_lazy(held)]:
        raise ValueError(
            f"{name}: the size of {lazy[0]} is not known before it runs; give it, in place of Lazy"
        )
    return found


def _maker(module: str, attribute: str) -> Callable[..., Any]:
    """What a module calls so.

    Raises
    ------
    ValueError
        There is none, its module fails, or it cannot be called.
    """
    name = f"{module}:{attribute}"
    try:
        maker = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise ValueError(f"there is no network {name} ({error}); is its module on PYTHONPATH?") from error
    except Exception as error:
        raise ValueError(f"{module} fails when it is imported ({_told(error)}); mend it") from error
    if not callable(maker):
        raise ValueError(
            f"{name} is a {type(maker).__name__}, which makes no network; name a class or function"
        )
    return maker


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def _is_ours(maker: object, module: str) -> bool:
    """Whether it is defined there, and is a network's class, or a function beside networks."""
    if getattr(maker, "__module__", None) != module:
        return False
    if inspect.isclass(maker):
        return issubclass(maker, nn.Module)
    return inspect.isfunction(maker) and module.endswith(".networks")


def state(path: Path) -> dict[str, Tensor]:
    """A state dict, read without running anything.

    Parameters
    ----------
    path : Path
        As ``torch.save(network.state_dict(), path)`` writes it.

    Raises
    ------
    FileNotFoundError, ValueError
        There is none, or it holds more than tensors.
    """
    check_exists(path)
    wanted = "a state dict, as torch.save(network.state_dict(), FILE) writes"
    if _is_torchscript(path):
        raise ValueError(
            f"{path} is a program of TorchScript, which is not run; give the state dict of its network"
        )
    try:
        with reading(path, wanted, RuntimeError, TypeError, AttributeError):
            held = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        why = f"{path} holds more than tensors, or none, and is not unpickled, since that can run any program"
        raise ValueError(f"{why}; give {wanted}") from error
    for key in STATES:
        if isinstance(held, Mapping) and isinstance(held.get(key), Mapping):
            held = held[key]
    if not isinstance(held, Mapping) or not all(isinstance(each, torch.Tensor) for each in held.values()):
        raise ValueError(f"{path} holds a {type(held).__name__} of other things than tensors; give {wanted}")
    for name, each in held.items():
        if each.is_floating_point() and not bool(torch.isfinite(each).all()):
            raise ValueError(f"{path}: {name} holds NaN or infinity; give weights of a network that works")
    return dict(held)


def _is_torchscript(path: Path) -> bool:
    if not zipfile.is_zipfile(path):
        return False
    with reading(path, "a state dict"), zipfile.ZipFile(path) as held:
        return any(Path(name).name == "constants.pkl" for name in held.namelist())


def unwrapped(weights: Mapping[str, Tensor], network: Module) -> Mapping[str, Tensor]:
    """Weights without the prefix that a wrapper of a network gave their names.

    Parameters
    ----------
    weights : mapping of str to Tensor
    network : torch.nn.Module
        Whose own names stay as they are.
    """
    own = network.state_dict().keys()
    for prefix in WRAPPERS:
        if weights and all(name.startswith(prefix) for name in weights) and not own >= weights.keys():
            weights = {name.removeprefix(prefix): held for name, held in weights.items()}
            record(Choice(reason=f"weights: {prefix}, a wrapper's, was taken off their names"))
    return weights


def filled(network: Module, weights: Mapping[str, Tensor], where: object, assign: bool = False) -> Module:
    """The network with these weights; where they are assigned, they stay on their device.

    Raises
    ------
    ValueError
        They are of another network; the first that differs is named.
    """
    own = network.state_dict()
    for name in dict.fromkeys((*own, *weights)):
        if name not in weights or name not in own:
            how = "lacks" if name not in weights else "also holds"
            raise ValueError(f"{where} {how} {name}; give weights of this network")
        if weights[name].shape != own[name].shape:
            shapes = f"{tuple(weights[name].shape)}, and {tuple(own[name].shape)} in the network"
            raise ValueError(f"{where}: {name} is of shape {shapes}; give weights of this network")
    network.load_state_dict(weights, assign=assign)
    return network


def in_factors(network: Module, ranks: Mapping[str, Sequence[int]]) -> Module:
    """The network with layers in factors in places, their weights of no meaning.

    Parameters
    ----------
    network : torch.nn.Module
    ranks : mapping of str to sequence of int
        Of layers by name: Tucker ranks of a convolution, one of a linear layer.
    """
    return replaced(network, {name: _like(network.get_submodule(name), rank) for name, rank in ranks.items()})


def _like(layer: Module, rank: Sequence[int]) -> Module:
    has = layer.bias is not None
    if isinstance(layer, nn.Linear):
        return FactorizedLinear((layer.in_features,), (layer.out_features,), rank[0], "cp", has)
    sizes = layer.in_channels, layer.out_channels, layer.kernel_size
    return FactorizedConv2d(*sizes, tuple(rank), "tucker", layer.stride, layer.padding, layer.dilation, has)
