"""Print the table of the recorded runs, as docs/training.md shows it: `python -m docs.recorded_runs`."""

from statistics import median

from torch_models.names import MODEL_NAMES
from torch_models.published import TARGET
from torch_models.record import Record
from torch_models.recorded import recorded_runs

HEADER = ("model", "parameters", "seed", "epochs", "after the last", "best", "first with 99.4 %", "seconds an epoch")


def main() -> None:
    """Print it in Markdown."""
    print(table())


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


if __name__ == "__main__":
    main()
