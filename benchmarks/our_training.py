"""The project's training without its command, for the benchmark.

    python -m benchmarks.our_training FOLDER EPOCHS --model MODEL [--precision P] [--threads N] [--target ACCURACY]

Prints a line of JSON for each epoch: training images a second, how many test images are right, and the seconds since
training began, evaluations included. FOLDER is laid out as torchvision does it; its files are not checked.
"""

import argparse
import json
import time
from pathlib import Path

import torch

from torch_models.data import to_tensors
from torch_models.evaluation import judge
from torch_models.idx import parse_idx
from torch_models.images import FILES, Images
from torch_models.memory import keep_freed_memory
from torch_models.models import MODELS
from torch_models.processes import Processes
from torch_models.recipes import RECIPES
from torch_models.training import Precision, Training


def main() -> None:
    """Train, and print each epoch."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.our_training")
    parser.add_argument("folder", type=Path)
    parser.add_argument("epochs", type=int)
    parser.add_argument("--model", choices=sorted(MODELS), default="reference")
    parser.add_argument("--precision", choices=list(Precision), default=Precision.FLOAT32, type=Precision)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--target", type=float, default=2.0, help="stop at this accuracy, between 0 and 1")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    keep_freed_memory()
    torch.manual_seed(1)
    data = to_tensors(read_images(options.folder), 0, torch.device("cpu"))
    recipe = RECIPES[options.model]
    training = Training(MODELS[options.model](), recipe, data.train, 1, options.precision, Processes())
    begin = time.perf_counter()
    for _ in range(min(options.epochs, recipe.epochs)):
        passed = training.run_epoch(lambda _batch, _loss: None)
        judgement, elapsed = judge(training.trained, data.test), time.perf_counter() - begin
        line = {"rate": passed.images_per_second, "correct": judgement.correct, "elapsed": elapsed}
        print(json.dumps(line), flush=True)
        if judgement.correct >= options.target * judgement.total:
            break


def read_images(folder: Path) -> Images:
    """The four files of torchvision's layout, whatever is in them."""
    paths = [folder / "MNIST" / "raw" / file for file in FILES]
    train_images, train_labels, test_images, test_labels = (parse_idx(path.read_bytes(), path) for path in paths)
    return Images("mnist", train_images, train_labels, test_images, test_labels)


if __name__ == "__main__":
    main()
