"""What a run is to be, from what was asked: a new one, or one that goes on."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from torch_models.data import check_held_out
from torch_models.devices import choose_device, idle_cores
from torch_models.idx import DataError
from torch_models.images import Images, load_images
from torch_models.names import AUTO, DATASET_NAMES, MODEL_NAMES
from torch_models.processes import Processes, processes_here
from torch_models.recipes import RECIPES, Recipe
from torch_models.record import Header
from torch_models.record_file import RecordError
from torch_models.run import Plan
from torch_models.training import Precision


@dataclass(frozen=True)
class Surroundings:
    """What a run finds on a machine: where the data sets are, and what to compute with."""

    data_folder: Path
    device: str = AUTO  # of DEVICE_NAMES
    threads: int | None = None  # None: as many as are idle


def new_plan(
    model: str,
    recipe: Recipe,
    dataset: str,
    held_out: int,
    seed: int,
    precision: Precision,
    surroundings: Surroundings,
    processes: Processes,
    say: Callable[[str], None],
) -> Plan:
    """The plan of a new run. Raises DataError and DeviceError."""
    device = choose_device(surroundings.device)
    images = _loaded(dataset, surroundings.data_folder, processes, say)
    check_held_out(images, held_out)
    threads = surroundings.threads or processes.share(idle_cores(processes_here()))
    return Plan(model, recipe, images, held_out, seed, device, threads, precision)


def plan_again(header: Header, surroundings: Surroundings, processes: Processes, say: Callable[[str], None]) -> Plan:
    """The plan of a run that goes on: the same in all that its result depends on.

    Raises RecordError, DataError and DeviceError.
    """
    try:
        recipe = msgspec.convert(header.recipe, Recipe)
        precision = Precision(header.precision)
        _known(header.model, MODEL_NAMES)
        _known(header.dataset, DATASET_NAMES)
    except (msgspec.ValidationError, ValueError) as error:
        raise RecordError(f"the header of the record does not say how to go on: {error}") from None
    began_with = header.processes or 1
    if began_with != processes.count:
        raise RecordError(f"the run began with {began_with} processes, and goes on with as many, not {processes.count}")
    wanted = header.device.partition(" ")[0] if surroundings.device == AUTO else surroundings.device
    device = choose_device(wanted)
    images = _loaded(header.dataset, surroundings.data_folder, processes, say)
    if images.md5 != header.md5:
        raise DataError(
            f"the images of {header.dataset} are not those that the run began with: "
            f"it needs the same files (--data-dir is {surroundings.data_folder})"
        )
    held_out = header.images.get("validation", 0)
    threads = surroundings.threads or header.threads or 1
    return Plan(header.model, recipe, images, held_out, header.seed or 0, device, threads, precision)


def recipe_for(model: str, recipe: str | None, epochs: int | None) -> Recipe:
    """The named recipe, or the model's own, with as many epochs as are asked for, if any."""
    chosen = RECIPES[recipe or model]
    return msgspec.structs.replace(chosen, epochs=epochs) if epochs else chosen


def _known(name: str, names: tuple[str, ...]) -> None:
    if name not in names:
        raise ValueError(f"{name!r} is none of {', '.join(names)}")


def _loaded(dataset: str, folder: Path, processes: Processes, say: Callable[[str], None]) -> Images:
    """The images, loaded by the first process before the others, so that one alone downloads."""
    loaded: list[Images] = []
    processes.first_alone(lambda: loaded.append(load_images(dataset, folder, say)))
    return loaded[0] if loaded else load_images(dataset, folder, say)
