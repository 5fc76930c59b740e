"""Print the table of the recorded runs, as docs/training.md shows it.

python -m docs.recorded_runs                   the table, from the records
python -m docs.recorded_runs --check FOLDER    judge the weights again, on the MNIST in FOLDER
"""

import argparse
import sys
from pathlib import Path
from statistics import median

from torch_models.names import MODEL_NAMES
from torch_models.published import TARGET
from torch_models.record import Epoch, Predictions, Record
from torch_models.record_file import read_record
from torch_models.recorded import recorded_folders, recorded_runs

HEADER = ("model", "parameters", "seed", "epochs", "after the last", "best", "first with 99.4 %", "seconds an epoch")


def main() -> None:
    """Print what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m docs.recorded_runs", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--check", type=Path, metavar="FOLDER", help="judge the weights again, on the MNIST in FOLDER")
    folder = parser.parse_args().check
    if folder is None:
        print(table())
    else:
        sys.exit(check(folder))


def table() -> str:
    """Every recorded run, and the median of each model's."""
    rows = [HEADER, ("---",) * len(HEADER)]
    for model in MODEL_NAMES:
        records = recorded_runs(model)
        rows += [_row(record) for record in records]
        last = median(record.epochs[-1].accuracy for record in records)
        best = median(record.best.accuracy for record in records if record.best)
        rows.append((f"**{model}**", "", "**median**", "", f"**{last:.2%}**", f"**{best:.2%}**", "", ""))
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _row(record: Record) -> tuple[str, ...]:
    header, best, last = record.header, record.best, record.epochs[-1]
    first = record.first_to_meet(TARGET)
    return (
        header.model,
        f"{header.parameters:,}",
        str(header.seed),
        str(last.epoch),
        f"{last.accuracy:.2%}",
        f"{best.accuracy:.2%} in epoch {best.epoch}" if best else "",
        str(first.epoch) if first else "no",
        f"{median(epoch.seconds or 0 for epoch in record.epochs):.1f}",
    )


def check(folder: Path) -> int:
    """Print what each file of weights makes of the test images, beside its record; 1 where one differs."""
    status = 0
    for model in MODEL_NAMES:
        for run in recorded_folders(model):
            record = read_record(run)
            for name, epoch in (("last", record.epochs[-1]), ("best", record.best)):
                right = sum(row[k] for k, row in enumerate(judge_again(run, name, epoch, folder).confusion))
                same = epoch is not None and right == epoch.correct
                status |= not same
                print(f"{run.name} {name}: {right:,} right, {'as' if same else 'NOT as'} on record")
    return status


def judge_again(run: Path, which: str, epoch: Epoch | None, folder: Path) -> Predictions:
    """What a run's weights, `best` or `last`, make of the test images of the MNIST in a folder."""
    import torch
    from safetensors.torch import load_file

    from torch_models.data import to_tensors
    from torch_models.evaluation import judge, predictions
    from torch_models.images import load_images
    from torch_models.models import MODELS

    model = MODELS[read_record(run).header.model]()
    model.load_state_dict(load_file(run / f"{which}.safetensors"))
    images = load_images("mnist", folder, print)
    data = to_tensors(images, 0, torch.device("cpu"))
    return predictions(judge(model, data.test), images, epoch.epoch if epoch else 1)


if __name__ == "__main__":
    main()
