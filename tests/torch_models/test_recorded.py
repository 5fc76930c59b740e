"""The recorded runs: complete, made by the models and recipes that there are, and told in the docs as they are."""

from pathlib import Path
from statistics import median

import msgspec
import pytest

torch = pytest.importorskip("torch")

from safetensors.torch import load_file

from docs.recorded_runs import table
from torch_models.models import MODELS, parameter_count, summary
from torch_models.names import MODEL_NAMES
from torch_models.recipes import RECIPES, Recipe
from torch_models.record_file import read_record
from torch_models.recorded import recorded_folders, recorded_runs

DOCS = Path(__file__).parents[2] / "docs"
# MD5 of the unpacked files, from the data set's own description.
MNIST = {
    "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
}

every_model = pytest.mark.parametrize("model", MODEL_NAMES)


@every_model
def test_recorded_runs_are_whole_runs_of_a_models_own_recipe_on_mnist(model: str) -> None:
    """Each has all its recipe's epochs, another seed, and the images with the published MD5s."""
    records = recorded_runs(model)
    assert len({record.header.seed for record in records}) == len(records) >= 3
    for record in records:
        assert record.header.md5 == MNIST
        assert record.header.images == {"train": 60_000, "validation": 0, "test": 10_000}
        assert msgspec.convert(record.header.recipe, Recipe) == RECIPES[model]
        assert [epoch.epoch for epoch in record.epochs] == list(range(1, RECIPES[model].epochs + 1))
        assert {epoch.total for epoch in record.epochs} == {10_000}


@every_model
def test_recorded_runs_are_of_the_model_as_it_is(model: str) -> None:
    """Layers and parameters are those of the model, and the weights fit into it."""
    net = MODELS[model]()
    for folder in recorded_folders(model):
        header = read_record(folder).header
        assert (header.layers, header.parameters) == (summary(net), parameter_count(net))
        for name in ("best", "last"):
            net.load_state_dict(load_file(folder / f"{name}.safetensors"), strict=True)


def test_reference_meets_the_target_within_twenty_epochs_at_every_seed() -> None:
    for record in recorded_runs("reference"):
        assert max(epoch.correct for epoch in record.epochs[:20]) >= 9_940


@pytest.mark.parametrize(
    ("model", "seeds", "parameters", "correct"), [("compact", 5, 8_000, 9_950), ("tiny", 3, 4_300, 9_940)]
)
def test_small_models_meet_their_bars_after_the_last_epoch(
    model: str, seeds: int, parameters: int, correct: int
) -> None:
    """The median over the seeds, of at most fifteen epochs, chosen by nothing."""
    records = recorded_runs(model)
    assert len(records) >= seeds
    assert all(len(record.epochs) <= 15 for record in records)
    assert all(record.header.parameters is not None for record in records)
    assert all((record.header.parameters or 0) < parameters for record in records)
    assert median(record.epochs[-1].correct for record in records) >= correct


def test_docs_show_every_recorded_run() -> None:
    """The table in docs/training.md is the one that the records give."""
    assert table() in (DOCS / "training.md").read_text(encoding="utf-8")
