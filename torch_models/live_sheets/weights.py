"""The weights of a module, read from a file of safetensors and compared with the module key by key."""

from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from torch_models.checkpoint import CheckpointError

NOT_USED = "num_batches_tracked"  # what a normalisation counts while it learns
MOST_NAMED = 3  # of the keys of a file


def load_weights(module: nn.Module, path: Path, name: str) -> None:
    """Give a module the weights in a file. Raises CheckpointError with the key, the shape found and that expected."""
    try:
        found = load_file(path)
    except FileNotFoundError:
        raise CheckpointError(f"{path}: there is no such file") from None
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{path} is damaged, or no file of safetensors: {error}") from None
    expected = module.state_dict()
    for key, tensor in expected.items():
        if not key.endswith(NOT_USED):
            _compare(path, key, tensor, found, name)
    for key in found:
        if key not in expected:
            raise CheckpointError(f"{path} are not the weights of {name}: {key} is none of its parameters")
    module.load_state_dict(found, strict=False)


def _compare(path: Path, key: str, expected: Tensor, found: dict[str, Tensor], name: str) -> None:
    wrong = f"{path} are not the weights of {name}"
    if key not in found:
        there = ", ".join(list(found)[:MOST_NAMED]) + (", …" if len(found) > MOST_NAMED else "")
        raise CheckpointError(f"{wrong}: {key} is missing, expected {_shape(expected)}; there is {there or 'nothing'}")
    if found[key].shape != expected.shape:
        raise CheckpointError(f"{wrong}: {key} has the shape {_shape(found[key])}, expected {_shape(expected)}")


def _shape(tensor: Tensor) -> str:
    return "×".join(map(str, tensor.shape)) or "of one number"
