"""A forecast of all steps as one CUDA graph: the host starts it once, not each of its small products."""

import torch

from etl.engine.types import Module, Tensor

WARM = 3
"""Calls before it is captured, in which libraries choose their kernels."""


class Rollout:
    """A network whose forecasts of windows of one shape are replayed; on the CPU it is called.

    Parameters
    ----------
    network : nn.Module
        Such as `models.sequences.seq2seq.Seq2Seq`; its weights may change, and not move.
    window, known : tensor
        Of the shapes, type and device that all will have.
    """

    def __init__(self, network: Module, window: Tensor, known: Tensor) -> None:
        self.network, self.inputs = network, (window.clone(), known.clone())
        self.graph: torch.cuda.CUDAGraph | None = None
        if window.is_cuda:
            self.graph = torch.cuda.CUDAGraph()
            self._capture(self.graph)

    @torch.no_grad()
    def _capture(self, graph: torch.cuda.CUDAGraph) -> None:
        aside = torch.cuda.Stream()
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            for _ in range(WARM):
                self.network(*self.inputs)
        torch.cuda.current_stream().wait_stream(aside)
        with torch.cuda.graph(graph):
            self.outputs = self.network(*self.inputs)

    @torch.no_grad()
    def __call__(self, window: Tensor, known: Tensor) -> Tensor:
        """Outputs, which the next call overwrites where there is a graph.

        Parameters
        ----------
        window, known : tensor
            See `models.sequences.seq2seq.Seq2Seq.forward`.

        Raises
        ------
        ValueError
            Shapes are not those that were captured.
        """
        for own, given in zip(self.inputs, (window, known), strict=True):
            if own.shape != given.shape:
                raise ValueError(
                    f"inputs of shape {tuple(given.shape)} are not {tuple(own.shape)}, for which this "
                    "rollout was made; make one for each shape"
                )
        if self.graph is None:
            return self.network(window, known)
        for own, given in zip(self.inputs, (window, known), strict=True):
            own.copy_(given)
        self.graph.replay()
        return self.outputs
