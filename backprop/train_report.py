"""What `backprop train` prints about a run: its model before, and what it reached after; and the list of models."""

from torch_models.names import MODEL_NAMES
from torch_models.published import MOST_EPOCHS, MOST_PARAMETERS
from torch_models.recipes import RECIPES, Recipe, Schedule
from torch_models.record import Layer, Record
from torch_models.recorded import recorded_runs


def summary_table(layers: tuple[Layer, ...]) -> str:
    """The model's layers, the shape of what each makes of an image, and how much it learns."""
    lines = [f"{'layer':<20}{'output shape':>14}{'parameters':>12}", "-" * 46]
    for layer in layers:
        shape = " x ".join(map(str, layer.output_shape))
        lines.append(f"{layer.name:<20}{shape:>14}{layer.parameters:>12,}")
    lines += ["-" * 46, f"{'Total params:':<34}{sum(layer.parameters for layer in layers):>12,}"]
    return "\n".join(lines)


def verdict(record: Record, target: float) -> str:
    """What a run reached against what the exercise asks, one line each."""
    best, first = record.best, record.first_to_meet(target)
    if best is None:
        return "No epoch is on record."
    chosen = ", chosen by the validation images" if record.held_out else ""
    lines = [f"Best epoch: {best.epoch} with {best.correct:,} of {best.total:,} ({best.accuracy:.2%}){chosen}"]
    lines.append(_line(f"at least {target:.2%} of the test images", f"{best.accuracy:.2%}", best.meets(target)))
    parameters = record.header.parameters
    if parameters is not None:
        lines.append(
            _line(f"fewer than {MOST_PARAMETERS:,} parameters", f"{parameters:,}", parameters < MOST_PARAMETERS)
        )
    soon = first is not None and first.epoch < MOST_EPOCHS
    reached = "not reached" if first is None else f"first in epoch {first.epoch}"
    lines.append(_line(f"in fewer than {MOST_EPOCHS} epochs", reached, soon))
    return "\n".join(lines)


def _line(asked: str, reached: str, met: bool) -> str:
    return f"  {'yes' if met else 'no ':<5}{asked:<38}{reached}"


def listing() -> str:
    """The models with their recipes, and what each reached in the runs that come with the package."""
    blocks = []
    for name in MODEL_NAMES:
        records = recorded_runs(name)
        parameters = records[0].header.parameters if records else None
        title = name if parameters is None else f"{name}: {parameters:,} parameters"
        blocks.append("\n".join([title, f"  {_recipe(RECIPES[name])}", *map(_result, records)]))
    return "\n\n".join(blocks)


def _recipe(recipe: Recipe) -> str:
    """A recipe in one line."""
    rate = f"learning rate {recipe.learning_rate:g}"
    parts = [
        f"recipe {recipe.name}: {recipe.epochs} epochs, batch {recipe.batch}",
        f"one cycle up to {rate}" if recipe.schedule is Schedule.ONE_CYCLE else rate,
        f"momentum {recipe.momentum:g}",
    ]
    if recipe.weight_decay:
        parts.append(f"weight decay {recipe.weight_decay:g}")
    if recipe.augments:
        parts.append("augmentation")
    if recipe.averaging:
        parts.append("averaged weights")
    return ", ".join(parts)


def _result(record: Record) -> str:
    """What a recorded run reached, in one line."""
    last, best = record.epochs[-1], record.best
    return f"  seed {record.header.seed}: {last.accuracy:.2%} after epoch {last.epoch}" + (
        f", best {best.accuracy:.2%} in epoch {best.epoch}" if best is not None else ""
    )
