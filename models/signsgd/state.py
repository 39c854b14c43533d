"""What a worker keeps between steps: its momentum, its groups of processes, and the rules of the vote."""

from collections.abc import Sequence
from typing import Any

import torch
import torch.distributed as dist

from etl.engine.types import Module, ProcessGroup
from models.signsgd.bitpack import unpack_parts_
from models.signsgd.codec import finite, momentum_pack_, pack
from models.signsgd.comm_thread import Collective, CommThread, VoteError
from models.signsgd.contracts import Contract, check_parameters, inner
from models.signsgd.fault_injection import FaultInjector, FaultPlan
from models.signsgd.groups import Groups
from models.signsgd.majority import Ties
from models.signsgd.replicas import compare
from models.signsgd.transports import TRANSPORTS, Name, shape
from models.signsgd.vote_protocol import VoteResult, VoteRules, WordLayout, decode
from models.signsgd.worker_monitor import WorkerMonitor
from models.signsgd.zero_signs import Zeros, key_of


class VoteState:
    """State of `models.signsgd.hook.majority_vote_hook`, of one process.

    Each worker has a momentum of its own, v = b v + (1 - b) g, and votes with the sign of v. A worker whose
    gradient has a NaN or an infinity abstains from the vote on that bucket, and its momentum stays as it was;
    where all abstain, the update is 0. Source: see `models.signsgd.majority`, algorithm 1.

    Parameters
    ----------
    model : nn.Module
        As it is or wrapped; its names of parameters are those of the checkpoint.
    process_group : process group, optional
        All that train; by default all processes. Every process must make a state, since collectives run on
        groups of their own.
    node_group : process group, optional
        Processes of this node: their gradients are averaged, and the node has one vote.
    momentum : float
        b, in [0, 1).
    ties, zeros
        See `models.signsgd.majority.Ties` and `models.signsgd.zero_signs.Zeros`.
    transport : {"sharded", "allgather", "server"}
        See `models.signsgd.transports` for bytes and trust.
    worker_monitor : WorkerMonitor, optional
        Takes in each worker's agreement, and its weights count from the next step on.
    fault_plan : FaultPlan, optional
        Faults to put in; numbers are those of the voters.
    timeout : float
        Seconds after which a collective fails: a dead or hanging worker then ends the step with an error.
    check_every : int
        Steps between checks that the parameters of all replicas are the same bits; 0 for never.
    seed : int
        Of ties and zeros; the same on all.

    Attributes
    ----------
    step : int
        Steps done.
    worker_, workers_ : int
        This voter, or the one that votes for this node; and the number of voters.
    bytes_sent_ : int
        Bytes handed to others for the vote, within a node left out.
    abstained_ : int
        Buckets from which this worker abstained because of its gradient.

    Raises
    ------
    ValueError
        A parameter is complex, or its gradients are sparse.
    VoteError
        From ``backward``, as the message of a RuntimeError: a collective failed, replicas differ, or the loop
        breaks what `models.signsgd.contracts` asks of it.
    """

    def __init__(
        self,
        model: Module,
        process_group: ProcessGroup | None = None,
        *,
        node_group: ProcessGroup | None = None,
        momentum: float = 0.9,
        ties: Ties = "rotate",
        zeros: Zeros = "random",
        transport: Name = "sharded",
        worker_monitor: WorkerMonitor | None = None,
        fault_plan: FaultPlan | None = None,
        timeout: float = 60.0,
        check_every: int = 100,
        seed: int = 0,
    ) -> None:
        if transport not in TRANSPORTS:
            raise ValueError(f"transport is {transport!r}; it must be one of {', '.join(TRANSPORTS)}")
        if not 0 <= momentum < 1:
            raise ValueError(f"momentum is {momentum}; it must be at least 0 and below 1")
        check_parameters(model)
        self.momentum, self.ties, self.zeros, self.seed = momentum, ties, zeros, seed
        self.transport, self.worker_monitor = transport, worker_monitor
        self.timeout, self.check_every = timeout, check_every
        self.step, self.bytes_sent_, self.abstained_ = 0, 0, 0
        self.parameters = dict(inner(model).named_parameters())
        self.names = {id(p): name for name, p in self.parameters.items()}
        self.places = {name: k for k, name in enumerate(self.parameters)}
        self.moments: dict[str, torch.Tensor] = {}
        self.weights: list[float] | None = None
        self.groups = Groups(process_group, node_group, timeout)
        self.worker_, self.workers_ = self.groups.worker, self.groups.workers
        self.collective = Collective(self.groups.everyone, self.groups.ranks, timeout)
        self.comm_thread = CommThread(dist.get_backend(self.groups.everyone) != "nccl", self.collective.tell)
        self.contract = Contract(model)
        self.fault_injector = None
        if fault_plan and self.groups.votes:
            self.fault_injector = FaultInjector(fault_plan, self.worker_, self.workers_, self.groups.voters)
        self.pending: set[str] = set()
        self._forget()

    def _forget(self) -> None:
        self._agree, self._seen, self._close, self._all = [0] * self.workers_, [0] * self.workers_, 0, 0

    def name(self, parameter: torch.Tensor) -> str:
        """Name of a parameter of the model that this state is of.

        Raises
        ------
        VoteError
            It is of another model, or has come since.
        """
        if id(parameter) not in self.names:
            raise VoteError(
                f"a bucket holds a parameter of shape {tuple(parameter.shape)} that this VoteState's model "
                "did not have when it was made; make a VoteState for each model, after its last change"
            )
        return self.names[id(parameter)]

    def vote_(self, flat: torch.Tensor, names: Sequence[str], sizes: Sequence[int]) -> None:
        """Replace a gradient by the vote on it: +1, -1, and 0 where undecided. Call it in one order on all.

        Parameters
        ----------
        flat : tensor of n floats
            Gradients of the parameters, one after the other.
        names, sizes : sequence
            Of the parameters.
        """
        layout = WordLayout(tuple(sizes), tuple(self.places[name] << 40 for name in names))
        result = self._result(flat, names, layout)
        self._note(result, sum(sizes))
        unpack_parts_(flat.split(list(sizes)), layout.starts, result.vote, result.mask)

    def _result(self, flat: torch.Tensor, names: Sequence[str], layout: WordLayout) -> VoteResult:
        rules = self.rules()
        if self.groups.node is not None:
            with self.collective(self.step):
                dist.all_reduce(flat, group=self.groups.node)
            flat /= dist.get_world_size(self.groups.node)
        if self.groups.votes:
            words, flag = self.words_to_send(flat, names, layout)
            with self.collective(self.step):
                answers, sent = TRANSPORTS[self.transport](words, flag, layout, rules, self.groups.voters)
            self.bytes_sent_ += sent
        else:
            size = shape(self.transport, layout.words, self.workers_, rules)
            answers = torch.empty(size, dtype=torch.int64, device=flat.device)
        if self.groups.node is not None:
            with self.collective(self.step):
                dist.broadcast(answers, group=self.groups.node, group_src=0)
        return decode(answers, layout, self.ties, self.workers_)

    def rules(self) -> VoteRules:
        """Rules of this step."""
        return VoteRules(self.ties, self.seed, self.step, self.weights, self.worker_monitor is not None)

    def words_to_send(
        self, flat: torch.Tensor, names: Sequence[str], layout: WordLayout
    ) -> tuple[torch.Tensor, bool]:
        """Signs of the momentum after this gradient, and whether the worker abstains.

        Parameters
        ----------
        flat : tensor of n floats
            Gradients of the parameters, one after the other.
        names : sequence of str
            Of the parameters.
        layout : WordLayout

        Returns
        -------
        words : int64 tensor, shape (layout.words,)
        flag : bool
        """
        if self.fault_injector:
            self.fault_injector.corrupt(flat, self.step)
        flag, parts = not finite(flat), flat.split(list(layout.sizes))
        self.abstained_ += flag
        momenta = [self._moment(name, part) for name, part in zip(names, parts, strict=True)]
        if flag:
            words = torch.zeros(layout.words, dtype=torch.int64, device=flat.device)
        else:
            words = torch.cat([self._pack(*each) for each in zip(momenta, parts, names, strict=True)])
        if self.fault_injector:
            honest = momenta if self.momentum else parts
            words, flag = self.fault_injector.forge(words, flag, honest, layout, self.step)
        return words, flag

    def _moment(self, name: str, like: torch.Tensor) -> torch.Tensor:
        """Momentum of a parameter, of at least float32."""
        if not self.momentum:
            return like
        if name not in self.moments:
            wide = torch.promote_types(like.dtype, torch.float32)
            self.moments[name] = torch.zeros(len(like), dtype=wide, device=like.device)
        return self.moments[name]

    def _pack(self, momentum: torch.Tensor, gradient: torch.Tensor, name: str) -> torch.Tensor:
        seed = key_of(self.places[name], key_of(self.worker_, self.seed))
        if not self.momentum:
            return pack(gradient, self.zeros, step=self.step, seed=seed)
        return momentum_pack_(momentum, gradient, self.momentum, self.zeros, step=self.step, seed=seed)

    def _note(self, result: VoteResult, n: int) -> None:
        self._agree = [a + b for a, b in zip(self._agree, result.agree, strict=True)]
        self._seen = [a + b for a, b in zip(self._seen, result.seen, strict=True)]
        self._close, self._all = self._close + result.close, self._all + n

    def finish(self) -> None:
        """End a step: counts go to the worker monitor."""
        if self.worker_monitor is not None and self._all:
            self.worker_monitor.update(self._agree, self._seen, self._close / self._all)
            self.weights = self.worker_monitor.weights().tolist()
        self._forget()
        self.pending.clear()
        self.step += 1

    def check_replicas(self) -> None:
        """Compare the parameters of all replicas; a VoteError names the first that differs."""
        with self.collective(self.step):
            compare(self.parameters, self.groups.everyone, self.step)

    def close(self) -> None:
        """End the thread and the watch; groups end with `torch.distributed.destroy_process_group`."""
        self.contract.close()
        self.comm_thread.close()

    def state_dict(self) -> dict[str, Any]:
        """What this worker must save, beside model and optimiser: each has a momentum of its own."""
        if self.pending:
            self.finish()
        return {
            "step": self.step,
            "worker": self.worker_,
            "workers": self.workers_,
            "momentum": {name: moment.clone() for name, moment in self.moments.items()},
            "worker_monitor": None if self.worker_monitor is None else self.worker_monitor.state_dict(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a checkpoint of the same worker among as many."""
        for key, mine in (("worker", self.worker_), ("workers", self.workers_)):
            if state[key] != mine:
                raise ValueError(
                    f"the checkpoint has {key}={state[key]} and this process {mine}; each saves its own"
                )
        unknown = set(state["momentum"]) - set(self.places)
        if unknown:
            raise ValueError(
                f"the checkpoint has a momentum of {min(unknown)}, which the model does not have"
            )
        self.step = state["step"]
        self.moments = {name: moment.clone() for name, moment in state["momentum"].items()}
        if self.worker_monitor is not None and state["worker_monitor"] is not None:
            self.worker_monitor.load_state_dict(state["worker_monitor"])
            self.weights = self.worker_monitor.weights().tolist()
