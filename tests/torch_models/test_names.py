"""The names that a user gives, and the numbers that were published, agree with what they stand for."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from torch_models import names
from torch_models.published import MOST_EPOCHS, MOST_PARAMETERS, PUBLISHED_RUN, TARGET
from torch_models.recipes import RECIPES, Schedule


def test_every_model_has_a_recipe_of_its_name() -> None:
    assert tuple(RECIPES) == names.MODEL_NAMES
    assert all(recipe.name == name for name, recipe in RECIPES.items())


def test_every_name_of_a_model_makes_one() -> None:
    pytest.importorskip("torch")
    from torch_models.models import MODELS

    assert tuple(MODELS) == names.MODEL_NAMES


def test_every_name_of_a_precision_and_of_a_device_is_known() -> None:
    torch = pytest.importorskip("torch")
    from torch_models.training import Precision

    assert tuple(Precision) == names.PRECISION_NAMES
    assert names.DEVICE_NAMES[0] == names.AUTO
    assert [torch.device(name).type for name in names.DEVICE_NAMES[1:]] == list(names.DEVICE_NAMES[1:])


def test_every_name_of_a_data_set_is_auto_the_digits_or_published() -> None:
    from torch_models.images import PUBLISHED

    assert (names.AUTO, *PUBLISHED, "digits") == names.DATASET_NAMES


def test_the_names_import_nothing() -> None:
    tree = ast.parse(Path(names.__file__).read_text(encoding="utf-8"))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]


@pytest.mark.parametrize("module", ["record", "record_file", "run_sheet", "published", "recipes", "recorded"])
def test_what_is_on_record_is_read_without_torch(module: str) -> None:
    """So that a sheet can be written on any machine."""
    code = f"import sys; sys.modules['torch'] = None; import torch_models.{module}"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_recipe_of_the_reference_is_the_exercises() -> None:
    """Twenty epochs of SGD with momentum, in batches of 64, and nothing else."""
    recipe = RECIPES["reference"]
    assert (recipe.epochs, recipe.batch, recipe.learning_rate, recipe.momentum) == (20, 64, 0.01, 0.9)
    assert recipe.schedule is Schedule.CONSTANT
    assert not recipe.augments
    assert (recipe.nesterov, recipe.weight_decay, recipe.averaging) == (False, 0, 0)


def test_every_recipe_has_fewer_epochs_than_the_exercise_allows_but_its_own() -> None:
    assert [name for name, recipe in RECIPES.items() if recipe.epochs >= MOST_EPOCHS] == ["reference"]


def test_the_published_run_is_that_which_the_exercise_prints() -> None:
    """Twenty epochs of 10,000 images; only two of them meet the target."""
    assert [epoch.epoch for epoch in PUBLISHED_RUN] == list(range(1, 21))
    assert {epoch.total for epoch in PUBLISHED_RUN} == {10_000}
    assert PUBLISHED_RUN[0].describe() == "Test set: Average loss: 0.1038, Accuracy: 9694/10000 (96.94%)"
    assert PUBLISHED_RUN[19].describe() == "Test set: Average loss: 0.0186, Accuracy: 9934/10000 (99.34%)"
    met = [epoch.epoch for epoch in PUBLISHED_RUN if epoch.meets(TARGET)]
    assert met == [15, 16]
    assert (TARGET, MOST_PARAMETERS, MOST_EPOCHS) == (0.994, 20_000, 20)
