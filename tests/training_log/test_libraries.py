"""What the real libraries write is read, and their own loggers and callbacks log: each where it is installed.

`pip install 'backprop-sheets[lightning,keras,transformers,tensorboard]'` installs them.
"""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.training_log.scripts import run
from tests.training_log.sheets_read import beside, sheet_of, table_of
from training_log import LogError, read_log


def needs(*names: str) -> None:
    """Skip a test where a library is not installed, or cannot be imported: in a process of its own.

    Lightning and Hugging Face import torchvision where that is there, which then has to fit to PyTorch.
    """
    for name in names:
        if find_spec(name.partition(".")[0]) is None:
            pytest.skip(f"{name} is an optional extra, which is not installed")
    imports = f"os.environ['KERAS_BACKEND'] = 'torch'; import {', '.join(names)}"
    done = subprocess.run([sys.executable, "-c", f"import os; {imports}"], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"{', '.join(names)} cannot be imported: {done.stderr.strip().splitlines()[-1]}")


LIGHTNING = """
import warnings; warnings.filterwarnings("ignore")
import torch, pytorch_lightning as pl
from pytorch_lightning.loggers import CSVLogger
from torch.utils.data import DataLoader, TensorDataset
from training_log.lightning import LightningSheetLogger

class Line(pl.LightningModule):
    def __init__(self, lr=0.1):
        super().__init__()
        self.save_hyperparameters()
        self.line = torch.nn.Linear(2, 1)

    def loss(self, batch):
        x, y = batch
        return ((self.line(x) - y) ** 2).mean()

    def training_step(self, batch, _):
        loss = self.loss(batch)
        self.log("train_loss", loss, on_epoch=True, on_step=False)
        if len(sys.argv) > 1 and self.current_epoch == 2:
            raise RuntimeError("out of memory")
        return loss

    def validation_step(self, batch, _):
        self.log("val_loss", self.loss(batch))

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), self.hparams.lr)

torch.manual_seed(1)
x = torch.rand(32, 2)
data = DataLoader(TensorDataset(x, x.sum(1, keepdim=True)), 16)
trainer = pl.Trainer(
    max_epochs=4, accelerator="cpu", enable_progress_bar=False, enable_model_summary=False, enable_checkpointing=False,
    logger=[LightningSheetLogger("report.xlsx", sheet="Line"), CSVLogger("csv")], num_sanity_val_steps=0,
)
trainer.fit(Line(), data, data)
"""


def test_lightning_logs_to_a_sheet_what_its_own_logger_has(tmp_path: Path) -> None:
    needs("pytorch_lightning")
    done = run(tmp_path, LIGHTNING)
    assert done.returncode == 0, done.stderr
    own = read_log(tmp_path / "csv" / "lightning_logs" / "version_0")
    table = table_of(tmp_path / "report.xlsx", "Line")
    assert table["epoch"] == own.at == [0, 1, 2, 3]
    for name in ("train_loss", "val_loss"):
        assert table[name.replace("_", " ")] == pytest.approx(own.columns[name], rel=1e-6)
    assert own.settings == {"Settings": {"lr": 0.1}}
    assert beside(sheet_of(tmp_path / "report.xlsx", "Line"), "lr")[0] == 0.1


def test_lightning_that_stops_with_an_error_has_its_sheet(tmp_path: Path) -> None:
    needs("pytorch_lightning")
    done = run(tmp_path, LIGHTNING, "stop")
    assert "RuntimeError: out of memory" in done.stderr
    assert table_of(tmp_path / "report.xlsx", "Line")["epoch"] == [0, 1]


KERAS = """
import os, json
os.environ["KERAS_BACKEND"] = "torch"
import keras, numpy
from training_log.keras import KerasSheetCallback

chance = numpy.random.default_rng(1)
x = chance.random((32, 2), dtype="float32")
y = (x.sum(1) > 1).astype("float32")
model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
sheet = KerasSheetCallback("report.xlsx", sheet="Keras", settings={"seed": 1})
history = model.fit(x, y, epochs=3, validation_split=0.25, callbacks=[sheet, keras.callbacks.CSVLogger("log.csv")])
json.dump(history.history, open("history.json", "w"))
"""


def test_keras_logs_to_a_sheet_what_its_logger_its_history_and_its_bars_have(tmp_path: Path) -> None:
    needs("torch", "keras")
    done = run(tmp_path, KERAS)
    assert done.returncode == 0, done.stderr
    (tmp_path / "printed.log").write_text(done.stdout, encoding="utf-8")
    table, history = table_of(tmp_path / "report.xlsx", "Keras"), json.loads((tmp_path / "history.json").read_text())
    assert table["epoch"] == [1, 2, 3]
    for file, digits in (("history.json", 1e-7), ("log.csv", 1e-7), ("printed.log", 1e-3)):
        log = read_log(tmp_path / file)
        assert set(log.columns) == set(history)
        for name, numbers in history.items():
            assert log.columns[name] == pytest.approx(numbers, rel=digits, abs=1e-4)
            assert table[name.replace("_", " ")] == pytest.approx(numbers)


TRANSFORMERS = """
import torch
from transformers import Trainer, TrainingArguments
from training_log.transformers import TransformersSheetCallback

class Line(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.line = torch.nn.Linear(2, 1)

    def forward(self, x, labels):
        out = self.line(x)[:, 0]
        return {"loss": ((out - labels) ** 2).mean(), "logits": out}

data = [{"x": torch.rand(2), "labels": torch.rand(())} for _ in range(32)]
arguments = TrainingArguments(
    "out", num_train_epochs=3, per_device_train_batch_size=8, logging_steps=2, eval_strategy="epoch",
    save_strategy="epoch", report_to=[], use_cpu=True, disable_tqdm=True,
)
sheet = TransformersSheetCallback("report.xlsx", sheet="Line")
Trainer(Line(), arguments, train_dataset=data, eval_dataset=data, callbacks=[sheet]).train()
"""


def test_hugging_face_logs_to_a_sheet_what_its_state_has(tmp_path: Path) -> None:
    needs("torch", "accelerate", "transformers.trainer")
    done = run(tmp_path, TRANSFORMERS)
    assert done.returncode == 0, done.stderr
    own, table = read_log(tmp_path / "out" / "checkpoint-12"), table_of(tmp_path / "report.xlsx", "Line")
    assert table["epoch"] == own.at == [0.5, 1, 1.5, 2, 2.5, 3]
    for name in ("loss", "eval_loss"):
        found = [number for number in table[name.replace("_", " ")] if number is not None]
        assert found == pytest.approx([number for number in own.columns[name] if number is not None])
    assert beside(sheet_of(tmp_path / "report.xlsx", "Line"), "seed")[0] == 42


def events_in(folder: Path, *, epochs: bool) -> Path:
    """Write a file of events as PyTorch does."""
    needs("torch", "tensorboard")
    from torch.utils.tensorboard import SummaryWriter

    writer: Any = SummaryWriter(str(folder))
    for step in range(6):
        writer.add_scalar("loss/train", 1 / (step + 1), step)
        if step % 2:
            writer.add_scalar("loss/val", 2 / (step + 1), step)
        if epochs:
            writer.add_scalar("epoch", step // 2, step)
    writer.close()
    (file,) = folder.iterdir()
    return file


@pytest.mark.filterwarnings("ignore")  # those of TensorBoard and what it imports
def test_scalars_of_tensorboard_are_read_by_their_steps(tmp_path: Path) -> None:
    log = read_log(events_in(tmp_path, epochs=False))
    assert (log.axis, log.at) == ("step", list(range(6)))
    assert log.columns["loss/train"] == pytest.approx([1 / (k + 1) for k in range(6)])
    assert log.columns["loss/val"][0] is None
    assert [log.columns["loss/val"][k] for k in (1, 3, 5)] == pytest.approx([1, 0.5, 1 / 3])


@pytest.mark.filterwarnings("ignore")
def test_scalars_of_tensorboard_are_read_by_their_epochs_where_these_are_logged(tmp_path: Path) -> None:
    log = read_log(events_in(tmp_path, epochs=True))
    assert (log.axis, log.at) == ("epoch", [0, 1, 2])
    assert log.columns["loss/train"] == pytest.approx([1 / 2, 1 / 4, 1 / 6])


@pytest.mark.filterwarnings("ignore")
def test_events_that_are_cut_off_before_the_first_number_are_told_in_a_line(tmp_path: Path) -> None:
    file = events_in(tmp_path, epochs=False)
    file.write_bytes(file.read_bytes()[:60])
    with pytest.raises(LogError, match="contains no numbers"):
        read_log(file)


def test_events_without_the_library_say_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorboard.backend.event_processing.event_accumulator", None)
    file = tmp_path / "events.out.tfevents.1"
    file.write_bytes(os.urandom(8) + b"\0\0\0\0" + b"\x1a\rbrain.Event:2" + bytes(40))
    with pytest.raises(LogError, match=r"pip install 'backprop-sheets\[tensorboard\]'"):
        read_log(file)
