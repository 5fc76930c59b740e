"""What to compute on: a device, and how many of the CPU's cores."""

import io
import os
import warnings
from contextlib import redirect_stderr

import joblib
import torch

from torch_models.names import AUTO, DEVICE_NAMES
from torch_models.processes import local_rank

MOST_THREADS = 8  # more do not help batches this small


class DeviceError(Exception):
    """A device that is not there."""


def choose_device(name: str) -> torch.device:
    """The device of a name of `DEVICE_NAMES`; `auto` takes a GPU where there is one. Raises DeviceError."""
    if name not in DEVICE_NAMES:
        raise DeviceError(f"no device is called {name!r}; there are {', '.join(DEVICE_NAMES)}")
    cuda, mps = torch.cuda.is_available(), torch.backends.mps.is_available()
    if name == AUTO:
        name = "cuda" if cuda else "mps" if mps else "cpu"
    if name == "cuda" and not cuda:
        raise DeviceError("this PyTorch finds no CUDA device; --device auto uses what is available")
    if name == "mps" and not mps:
        raise DeviceError("this PyTorch finds no Apple GPU; --device auto uses what is available")
    if name != "cuda":
        return torch.device(name)
    if local_rank() >= torch.cuda.device_count():
        raise DeviceError(f"each process needs its own GPU, and there are {torch.cuda.device_count()}")
    return torch.device(name, local_rank())


def idle_cores(processes: int) -> int:
    """How many threads each of the processes on this machine should take so that none waits for a core, at least one.

    Threads that share a core wait for each other at the end of every operation: two on two busy cores are several
    times slower than one.
    """
    idle = _cores() - round(_load())
    return max(1, min(idle // processes, MOST_THREADS))


def _cores() -> int:
    # Where the machine does not tell physical cores from logical ones it takes those, and prints a trace of why.
    with warnings.catch_warnings(), redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        cores: int = joblib.cpu_count(only_physical_cores=True)
    return cores


def _load() -> float:
    """How many cores other programs keep busy; 0 where the system does not say."""
    try:
        return os.getloadavg()[0]
    except (AttributeError, OSError):
        return 0.0
