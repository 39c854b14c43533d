"""In which order data are learnt from: all once in a drawn order, then all once in another."""

import torch

from etl.engine.types import Tensor, TorchDevice


class Orders:
    """Places of data by their numbers in an endless draw, which gives all once before any comes again.

    What a number gives depends on the seed alone, so that a training can go on at any.

    Parameters
    ----------
    count : int
    seed : int
    device : torch.device
        Where orders are drawn.
    """

    def __init__(self, count: int, seed: int, device: TorchDevice) -> None:
        self.count, self.seed, self.device = count, seed, torch.device(device)
        self._drawn: dict[int, Tensor] = {}

    def places(self, numbers: range) -> Tensor:
        """Places, int64, of these numbers.

        Parameters
        ----------
        numbers : range
            One after another, such as 40 to 59.
        """
        passes = range(numbers.start // self.count, -(-numbers.stop // self.count))
        held = self._drawn
        self._drawn = {each: held[each] if each in held else self._order(each) for each in passes}
        first = numbers.start - passes.start * self.count
        return torch.cat([self._drawn[each] for each in passes])[first : first + len(numbers)]

    def _order(self, number: int) -> Tensor:
        generator = torch.Generator(self.device).manual_seed(self.seed + number)
        return torch.randperm(self.count, generator=generator, device=self.device)
