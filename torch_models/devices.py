"""What to compute on: a device, and how many of the CPU's cores."""

import os

import joblib
import torch

from torch_models.names import AUTO
from torch_models.processes import local_rank

MOST_THREADS = 8  # more do not help batches this small


class DeviceError(Exception):
    """A device that is not there."""


def choose_device(name: str) -> torch.device:
    """The device of a name of `DEVICE_NAMES`; `auto` takes a GPU where there is one. Raises DeviceError."""
    cuda, mps = torch.cuda.is_available(), torch.backends.mps.is_available()
    if name == AUTO:
        name = "cuda" if cuda else "mps" if mps else "cpu"
    if name == "cuda" and not cuda:
        raise DeviceError("this PyTorch finds no CUDA device; --device auto takes what there is")
    if name == "mps" and not mps:
        raise DeviceError("this PyTorch finds no Apple GPU; --device auto takes what there is")
    return torch.device(name, local_rank()) if name == "cuda" else torch.device(name)


def idle_cores(processes: int) -> int:
    """How many threads each process on this machine should take so that none waits for a core, at least one.

    Threads that share a core wait for each other at the end of every operation: two on two busy cores are several
    times slower than one.
    """
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    idle: int = joblib.cpu_count(only_physical_cores=True) - round(load)
    return max(1, min(idle // processes, MOST_THREADS))
