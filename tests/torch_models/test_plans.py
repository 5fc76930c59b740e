"""What a run is to be: a new one from what was asked, or the same again from the header of its record."""

from pathlib import Path

import msgspec
import pytest

torch = pytest.importorskip("torch")

from tests.torch_models.idx_files import Files, put
from tests.torch_models.training_runs import begin, plan
from torch_models import plans
from torch_models.devices import DeviceError
from torch_models.idx import DataError
from torch_models.models import MODELS
from torch_models.plans import Surroundings, new_plan, plan_again, recipe_for
from torch_models.processes import Processes
from torch_models.recipes import RECIPES
from torch_models.record import Header
from torch_models.record_file import RecordError, read_record
from torch_models.run import Plan
from torch_models.run_folder import new_run
from torch_models.training import Precision

ALONE = Processes()


def unsaid(text: str) -> None:
    raise AssertionError(text)


def asked(folder: Path, held_out: int = 0) -> Plan:
    """A plan on the MNIST that is in a folder."""
    return new_plan(
        "tiny", RECIPES["compact"], "mnist", held_out, 7, Precision.BFLOAT16,
        Surroundings(folder, "cpu", 3), ALONE, unsaid,
    )  # fmt: skip


@pytest.fixture
def data(tmp_path: Path, files: Files) -> Path:
    """A folder with a small data set that counts as MNIST."""
    return put(tmp_path / "data", files)


@pytest.fixture
def header(tmp_path: Path, data: Path) -> Header:
    """The header of a run with all settings away from their defaults."""
    return read_record(new_run(tmp_path / "runs", asked(data, held_out=4), ALONE)).header


def test_a_run_goes_on_with_all_that_it_began_with(data: Path, header: Header) -> None:
    again = plan_again(header, Surroundings(data), ALONE, unsaid)
    first = asked(data, held_out=4)
    assert (again.images.md5, again.images.name) == (first.images.md5, "mnist")
    for name in ("model", "recipe", "held_out", "seed", "device", "threads", "precision"):
        assert getattr(again, name) == getattr(first, name), name


def test_the_header_says_what_is_trained_on_what_and_with_what(data: Path, header: Header) -> None:
    assert (header.model, header.seed) == ("tiny", 7)
    assert header.parameters == sum(weights.numel() for weights in MODELS["tiny"]().parameters())
    assert header.images == {"train": 8, "validation": 4, "test": 5}
    assert header.recipe == msgspec.to_builtins(RECIPES["compact"])
    assert header.device.startswith("cpu (")
    assert (header.threads, header.processes, header.precision) == (3, 1, "bfloat16")
    assert header.versions["torch"] == torch.__version__
    assert header.md5 == asked(data).images.md5
    assert sum(layer.parameters for layer in header.layers) == header.parameters
    assert header.run.endswith("_tiny_mnist_seed-7")


def test_two_runs_that_begin_in_the_same_second_have_folders_of_their_own(tmp_path: Path) -> None:
    folders = {begin(tmp_path, plan()) for _ in range(5)}
    assert len(folders) == 5
    assert {read_record(folder).header.run for folder in folders} == {folder.name for folder in folders}


def test_a_run_goes_on_where_it_is_told_to(data: Path, header: Header) -> None:
    """The threads may be others; then it does not come to the same to the last bit."""
    assert plan_again(header, Surroundings(data, "cpu", 2), ALONE, unsaid).threads == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"model": "huge"}, "'huge' is none of reference, compact, tiny"),
        ({"model": ""}, "'' is none of reference"),
        ({"dataset": "cifar"}, "'cifar' is none of auto, mnist"),
        ({"precision": "float16"}, "'float16' is not a valid Precision"),
        ({"recipe": {}}, "missing required field `name`"),
        ({"recipe": {"name": "x", "epochs": 0, "batch": 1, "learning_rate": 0.1}}, "Expected `int` >= 1"),
        ({"recipe": {"name": "x", "epochs": 1, "batch": 0, "learning_rate": 0.1}}, "Expected `int` >= 1"),
        ({"recipe": {"name": "x", "epochs": 1, "batch": 1, "learning_rate": 0}}, "Expected `float` > 0"),
        ({"recipe": {"name": "x", "epochs": 1, "batch": 1, "learning_rate": 1, "schedule": "up"}}, "schedule"),
        ({"processes": 2}, "began with 2 processes, and goes on with as many, not 1"),
    ],
)
def test_a_header_that_does_not_say_how_to_go_on_is_refused(
    data: Path, header: Header, changes: dict[str, object], words: str
) -> None:
    with pytest.raises(RecordError) as caught:
        plan_again(msgspec.structs.replace(header, **changes), Surroundings(data), ALONE, unsaid)
    assert words in str(caught.value)


def test_a_run_does_not_go_on_with_other_images(data: Path, header: Header, files: Files) -> None:
    other = msgspec.structs.replace(header, md5=dict.fromkeys(files, "0" * 32))
    with pytest.raises(DataError, match="the images of mnist are not those that the run began with"):
        plan_again(other, Surroundings(data), ALONE, unsaid)


def test_a_run_on_a_device_that_nobody_knows_is_refused(data: Path, header: Header) -> None:
    with pytest.raises(DeviceError, match="no device is called 'tpu'"):
        plan_again(msgspec.structs.replace(header, device="tpu (v5)"), Surroundings(data), ALONE, unsaid)


@pytest.mark.parametrize("held_out", [12, 13, 10**6])
def test_holding_out_too_much_is_refused_before_anything_is_made(data: Path, held_out: int) -> None:
    with pytest.raises(DataError, match="cannot be held out for validation: mnist has 12 training images"):
        asked(data, held_out)


def test_a_model_has_its_own_recipe_unless_another_is_asked_for() -> None:
    assert recipe_for("tiny", None, None) is RECIPES["tiny"]
    assert recipe_for("tiny", "reference", None) is RECIPES["reference"]
    shorter = recipe_for("tiny", None, 3)
    assert shorter == msgspec.structs.replace(RECIPES["tiny"], epochs=3)


def test_threads_are_as_many_as_cores_are_idle_unless_they_are_given(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plans, "idle_cores", lambda _: 5)
    threads = [
        new_plan(
            "tiny", RECIPES["tiny"], "mnist", 0, 1, Precision.FLOAT32, Surroundings(data, "cpu", given), ALONE, unsaid
        ).threads
        for given in (None, 2)
    ]
    assert threads == [5, 2]
