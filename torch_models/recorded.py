"""The runs that come with the package, made by this code on the real MNIST: records, predictions and weights."""

from importlib import resources
from pathlib import Path

from torch_models.record import Record
from torch_models.record_file import read_record


def recorded_runs(model: str) -> tuple[Record, ...]:
    """The recorded runs of a model, by their seeds."""
    with resources.as_file(resources.files("torch_models") / "recorded") as folder:
        records = [read_record(path.parent) for path in Path(folder).glob(f"*_{model}_*/record.jsonl")]
    return tuple(sorted(records, key=lambda record: record.header.seed or 0))
