"""The network of a run: its model with the weights of its best epoch."""

from pathlib import Path

import torch

from sheetgen.tensors.network import Network
from torch_models.checkpoint import BEST_FILE, LAST_FILE, CheckpointError
from torch_models.live_sheets.sequential import network_of
from torch_models.live_sheets.weights import load_weights
from torch_models.models import IMAGE, MODELS
from torch_models.recipes import DEVIATION, MEAN
from torch_models.record_file import RECORD_FILE, RecordError, read_record
from torch_models.recorded import FOLDER, recorded_folders


def run_called(name: str) -> Path:
    """The folder of a run: its own path, the name of a recorded run, or of a model, whose first it then is."""
    if name in MODELS:
        return recorded_folders(name)[0]
    for folder in (Path(name), FOLDER / name):
        if (folder / RECORD_FILE).is_file():
            return folder
    raise RecordError(
        f"{name} is not a run: give the folder of one, with its {RECORD_FILE}, or a recorded model: {', '.join(MODELS)}"
    )


def network_of_run(folder: Path) -> Network:
    """The network that a run has trained. Raises RecordError, CheckpointError, TemplateError."""
    header = read_record(folder).header
    if header.model not in MODELS:
        raise RecordError(f"{folder}: its model is '{header.model}', expected one of {', '.join(MODELS)}")
    weights = next((folder / name for name in (BEST_FILE, LAST_FILE) if (folder / name).is_file()), None)
    if weights is None:
        raise CheckpointError(f"{folder} has no weights, neither {BEST_FILE} nor {LAST_FILE}: give a run that has")
    model = MODELS[header.model]()
    load_weights(model, weights, header.model)
    with torch.no_grad():
        return network_of(model, IMAGE, header.model, MEAN, DEVIATION)
