"""The runs that come with the package, made by this code on the real MNIST: each a folder with record and weights."""

from pathlib import Path

from torch_models.record import Record
from torch_models.record_file import RECORD_FILE, read_record

FOLDER = Path(__file__).parent / "runs"


def recorded_folders(model: str) -> tuple[Path, ...]:
    """The folders of a model's recorded runs, in the order in which they were made."""
    return tuple(path.parent for path in sorted(FOLDER.glob(f"*_{model}_*/{RECORD_FILE}")))


def recorded_runs(model: str) -> tuple[Record, ...]:
    """The recorded runs of a model, in the order in which they were made."""
    return tuple(read_record(folder) for folder in recorded_folders(model))
