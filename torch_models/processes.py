"""The processes that train together, as `torchrun` starts them: one, where it did not.

Each process has its share of every batch, and their gradients are averaged (torch's DistributedDataParallel): over
gloo on CPUs, over NCCL on GPUs. The first one alone evaluates, and writes the record and the sheet.
"""

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

_State = TypeVar("_State")


@dataclass(frozen=True)
class Processes:
    """How many processes train, and which this one is, counted from 0."""

    count: int = 1
    rank: int = 0

    @property
    def is_first(self) -> bool:
        """Whether this is the process that evaluates and writes."""
        return self.rank == 0

    def parallel(self, model: nn.Module) -> nn.Module:
        """The model as it is called in training, so that the processes' gradients are averaged."""
        return model if self.count == 1 else DistributedDataParallel(model)

    def totals(self, *sums: Tensor) -> list[float]:
        """The sums of all processes together, from this one's."""
        together = torch.stack([one.float() for one in sums])
        if self.count > 1:
            dist.all_reduce(together)
        totals: list[float] = together.tolist()
        return totals

    def gather(self, state: _State) -> list[_State]:
        """The states of all processes, by rank."""
        if self.count == 1:
            return [state]
        states: list[_State] = [state] * self.count
        dist.all_gather_object(states, state)
        return states

    def share(self, value: _State) -> _State:
        """The first process's value, in every process."""
        if self.count == 1:
            return value
        values = [value]
        dist.broadcast_object_list(values, src=0)
        return values[0]

    def first_alone(self, work: Callable[[], _State]) -> _State:
        """What the first process makes of some work, in every process.

        Where it raises an error there, the others end without a word: it is the first that says what is wrong.
        """
        if self.count == 1:
            return work()
        outcome: tuple[bool, Any] = (False, None)
        if self.is_first:
            try:
                outcome = (True, work())
            except Exception:
                self.share(outcome)  # the others wait for it
                raise
        done, result = self.share(outcome)
        if not done:
            raise SystemExit  # without a failure of their own: torchrun would end the first before it has said so
        return result  # type: ignore[no-any-return]


def started_by_torchrun() -> bool:
    """Whether this process is one of several."""
    return int(os.environ.get("WORLD_SIZE", "1")) > 1


def processes_here() -> int:
    """How many of the processes are on this machine."""
    return int(os.environ.get("LOCAL_WORLD_SIZE", "1"))


def local_rank() -> int:
    """Which of the processes on this machine this is, counted from 0."""
    return int(os.environ.get("LOCAL_RANK", "0"))


@contextmanager
def training_processes(device: torch.device) -> Iterator[Processes]:
    """Join the processes that `torchrun` started, for use in a `with`."""
    if not started_by_torchrun():
        yield Processes()
        return
    if device.type == "cuda":
        torch.cuda.set_device(device)  # where NCCL sends what `gather` and `share` pass on
    # The threads of a group end with it, and one that is still at work aborts a process that ends (seen with gloo in
    # PyTorch 2.13). So nothing may keep the group: no function's default in a module that is imported later, as the
    # optimiser would import this one, and no model, which is part of a cycle.
    import_module("torch._dynamo")
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Processes(dist.get_world_size(), dist.get_rank())
    finally:
        gc.collect()
        dist.destroy_process_group()
