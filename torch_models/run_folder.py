"""A new run's folder, with the header of its record: what is trained, and on what, with what."""

import platform
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import msgspec
import torch

from torch_models.models import MODELS, parameter_count, summary
from torch_models.processes import Processes
from torch_models.record import Header
from torch_models.record_file import start_record
from torch_models.run import Plan


def new_run(runs: Path, plan: Plan, processes: Processes) -> Path:
    """Make a folder for a run below `runs`, with its header in it. Raises OSError."""
    start = datetime.now().astimezone().replace(microsecond=0)
    name = f"{start:%Y-%m-%d_%H-%M-%S}_{plan.model}_{plan.images.name}_seed-{plan.seed}"
    folder = _new_folder(runs, name)
    model = MODELS[plan.model]()
    header = Header(
        run=folder.name,
        model=plan.model,
        parameters=parameter_count(model),
        layers=summary(model),
        recipe=msgspec.to_builtins(plan.recipe),
        seed=plan.seed,
        dataset=plan.images.name,
        md5=plan.images.md5,
        images=_counts(plan),
        device=_describe(plan.device),
        threads=plan.threads,
        processes=processes.count,
        precision=str(plan.precision),
        versions={"python": platform.python_version(), "torch": str(torch.__version__)},
        start=start.isoformat(),
    )
    start_record(folder, header)
    return folder


def _new_folder(runs: Path, name: str) -> Path:
    """A folder of this name, or where another run began in the same second, of the name with a number."""
    runs.mkdir(parents=True, exist_ok=True)
    number = 1
    while True:
        folder = runs / (name if number == 1 else f"{name}_{number}")
        try:
            folder.mkdir()
        except FileExistsError:
            number += 1
        else:
            return folder


def _counts(plan: Plan) -> Mapping[str, int]:
    train = len(plan.images.train_labels) - plan.held_out
    return {"train": train, "validation": plan.held_out, "test": len(plan.images.test_labels)}


def _describe(device: torch.device) -> str:
    if device.type == "cuda":
        return f"cuda ({torch.cuda.get_device_name(device)})"
    return f"{device.type} ({platform.machine()})"
