"""A run's checkpoint and its trained weights, each file replaced whole or not at all."""

import io
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import nn

from opc.files import whole_file

CHECKPOINT_FILE = "checkpoint.pt"
LAST_FILE, BEST_FILE = "last.safetensors", "best.safetensors"


class CheckpointError(Exception):
    """A run that cannot go on: says which file is wrong, and what to do."""


def save_checkpoint(folder: Path, state: dict[str, Any]) -> None:
    """Put a training's state in the place of the one before."""
    content = io.BytesIO()
    torch.save(state, content)
    with whole_file(folder / CHECKPOINT_FILE) as file:
        file.write(content.getbuffer())


def load_checkpoint(folder: Path) -> dict[str, Any] | None:
    """The training's state, on the CPU; None where there is none yet. Raises CheckpointError.

    Only tensors and plain values are unpickled: a checkpoint from elsewhere runs no code.
    """
    path = folder / CHECKPOINT_FILE
    if not path.exists():
        return None
    try:
        content = io.BytesIO(path.read_bytes())
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror}") from None
    try:
        state: dict[str, Any] = torch.load(content, map_location="cpu", weights_only=True)
    except Exception:  # a damaged file makes it raise anything, with the advice to run what is in it
        raise CheckpointError(f"{path} is damaged: the run cannot go on from it, begin a new one") from None
    return state


def save_weights(path: Path, model: nn.Module) -> None:
    """Write a model's weights as safetensors, in the order of memory that any reader expects."""
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    with whole_file(path) as file:
        file.write(save(tensors))
