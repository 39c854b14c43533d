"""Whether a network's layers can compute in bfloat16 where its data lie."""

from functools import cache

import torch
from torch import nn

from etl.engine.types import Module, TorchDevice


def bfloat16_failure(module: Module, device: TorchDevice) -> str:
    """Why the network must compute in float32 on the device; empty if it can compute in bfloat16.

    Linear layers and convolutions run in bfloat16 on any processor. Only some processors have recurrent
    layers in it, so one small step is tried, once in a process.

    Parameters
    ----------
    module : nn.Module
    device : torch.device

    Examples
    --------
    >>> bfloat16_failure(nn.Linear(2, 2), torch.device("cpu"))
    ''
    """
    if device.type != "cpu" or not any(isinstance(part, nn.RNNBase) for part in module.modules()):
        return ""
    return _lstm_failure()


@cache
def _lstm_failure() -> str:
    with torch.random.fork_rng([]), torch.enable_grad():
        lstm = nn.LSTM(2, 2, batch_first=True)
        try:
            with torch.autocast("cpu", torch.bfloat16):
                output, _ = lstm(torch.zeros(1, 2, 2))
            output.float().sum().backward()
        except RuntimeError as error:
            processor = torch.backends.cpu.get_cpu_capability()
            return f"this processor ({processor}) has no LSTM in bfloat16: {str(error).partition('. ')[0]}"
    return ""
