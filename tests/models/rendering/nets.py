"""Networks for the tests of rendering."""

import torch
from torch import nn
from torch.nn import functional as F


class Odd(nn.Module):
    """Strides, dilations, groups, uneven pools, joins and functions that write over their input."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.inner = nn.Conv2d(2, 4, 3, padding="same"), nn.Conv2d(4, 4, 3, padding=1)
        self.norm, self.pool, self.drop = nn.BatchNorm2d(4), nn.MaxPool2d(3, 2, 1), nn.Dropout(0.3)
        self.grouped = nn.Conv2d(8, 4, 3, stride=2, dilation=2, padding=1, groups=2)
        self.average, self.adaptive = nn.AvgPool2d(2, 1, 1), nn.AdaptiveAvgPool2d((3, 2))
        self.shift, self.last = nn.Parameter(torch.randn(4, 1, 1)), nn.Linear(24, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.leaky_relu(self.first(x), 0.1)
        y = self.norm(self.inner(x))
        y += x
        x = self.drop(self.pool(F.relu(y, inplace=True)))
        x = torch.cat([1.5 - x, x[:, :, :, :] * 2], 1)
        x = F.relu_(self.grouped(x)) / 3 + self.shift
        return self.last(self.adaptive(self.average(x)).view(x.shape[0], -1))


def odd() -> nn.Module:
    """`Odd` in float64, with a batch norm that is no identity."""
    model = Odd().double().eval()
    for each in (model.norm.running_mean, model.norm.weight, model.norm.bias):
        nn.init.normal_(each)
    nn.init.uniform_(model.norm.running_var, 0.5, 2)
    return model


def plain(slope: float = 0.0) -> nn.Module:
    """Two layers of convolution, pool and classifier for images 1 x 6 x 6, in float64."""
    act = nn.LeakyReLU(slope) if slope else nn.ReLU()
    parts = [nn.Conv2d(1, 3, 3, padding=1), act, nn.MaxPool2d(2), nn.Conv2d(3, 2, 2), act, nn.Flatten()]
    return nn.Sequential(*parts, nn.Linear(8, 4)).double()
