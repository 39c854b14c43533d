"""Networks of the voting pipeline; none has batch statistics, which would differ between workers."""

from typing import Any

from torch import nn


def convnet(side: int, classes: int) -> Any:
    """Two convolutions and a layer, for images (1, side, side).

    Examples
    --------
    >>> sum(p.numel() for p in convnet(8, 10).parameters())
    9930
    """
    early: list[Any] = [nn.MaxPool2d(2)] if side > 16 else []
    left = side // 2 // (2 if early else 1)
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), *early,
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(32 * left**2, classes),
    )  # fmt: skip


class Residual(nn.Module):
    """Two convolutions beside a way around them. Source: He and others, 2016, figure 2."""

    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        self.way = nn.Sequential(
            nn.Conv2d(before, after, 3, stride, 1, bias=False), nn.GroupNorm(4, after), nn.ReLU(),
            nn.Conv2d(after, after, 3, 1, 1, bias=False), nn.GroupNorm(4, after),
        )  # fmt: skip
        self.around: Any = nn.Identity()
        if before != after or stride != 1:
            self.around = nn.Conv2d(before, after, 1, stride, bias=False)

    def forward(self, x: Any) -> Any:
        """Images (b, before, h, w) to (b, after, h / stride, w / stride)."""
        return (self.way(x) + self.around(x)).relu()


def resnet(side: int, classes: int) -> Any:
    """Three residual blocks with group normalisation, for images (1, side, side)."""
    early = 2 if side > 16 else 1
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, early, 1, bias=False),
        nn.GroupNorm(4, 16),
        nn.ReLU(),
        Residual(16, 16, 1),
        Residual(16, 32, 2),
        Residual(32, 64, 2),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(64, classes),
    )


class Characters(nn.Module):
    """An LSTM that says which character is next.

    Parameters
    ----------
    characters : int
    size, width : int
        Numbers of a character's vector, and of the state.
    """

    def __init__(self, characters: int, size: int = 32, width: int = 128) -> None:
        super().__init__()
        self.embedding = nn.Embedding(characters, size)
        self.lstm = nn.LSTM(size, width, batch_first=True)
        self.out = nn.Linear(width, characters)

    def forward(self, codes: Any) -> Any:
        """Codes, int64 (b, n), to scores (b, characters, n)."""
        return self.out(self.lstm(self.embedding(codes))[0]).transpose(1, 2)
