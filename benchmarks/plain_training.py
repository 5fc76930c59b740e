"""What one would write without this project: torchvision's data set and transforms, a DataLoader, an eager loop.

    python -m benchmarks.plain_training FOLDER EPOCHS [--threads N] [--target ACCURACY]

The exercise's own network and settings. Prints what `benchmarks.our_training` prints. FOLDER is laid out as torchvision
does it.
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  the name that everybody gives it
from torch.utils.data import DataLoader

from torch_models.models import reference
from torch_models.recipes import DEVIATION, MEAN

# What torchvision's own code refers to. Where its build does not fit PyTorch's they are missing, and it cannot be
# imported; nothing here calls any of them.
OPERATORS = "nms qnms roi_align roi_pool ps_roi_align ps_roi_pool deform_conv2d".split()  # noqa: SIM905  for reading


def import_torchvision() -> Any:
    """The package, with its missing operators declared first where it cannot be imported without."""
    try:
        import torchvision
    except RuntimeError:
        library: Any = torch.library.Library("torchvision", "DEF")  # type: ignore[no-untyped-call]  # it has none
        for operator in OPERATORS:
            library.define(f"{operator}(Tensor input) -> Tensor")
            if operator != "nms":
                library.define(f"_{operator}_backward(Tensor input) -> Tensor")
        import torchvision

        torchvision.declared = library  # it lasts as long as this object
    return torchvision


def main() -> None:
    """Train, and print each epoch."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.plain_training")
    parser.add_argument("folder", type=Path)
    parser.add_argument("epochs", type=int)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--target", type=float, default=2.0, help="stop at this accuracy, between 0 and 1")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    train, test = loaders(options.folder)
    model = reference()
    for layer in model.modules():
        if isinstance(layer, torch.nn.ReLU | torch.nn.Dropout):
            layer.inplace = False  # as one writes them
    optimiser = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    begin = time.perf_counter()
    for _ in range(options.epochs):
        rate = train_epoch(model, optimiser, train)
        (correct, total), elapsed = evaluate(model, test), time.perf_counter() - begin
        print(json.dumps({"rate": rate, "correct": correct, "elapsed": elapsed}), flush=True)
        if correct >= options.target * total:
            break


def loaders(folder: Path) -> tuple[DataLoader[Any], DataLoader[Any]]:
    """The batches of the training and of the test images."""
    torchvision = import_torchvision()
    transform = torchvision.transforms.Compose([
        torchvision.transforms.ToTensor(),
        torchvision.transforms.Normalize((MEAN,), (DEVIATION,)),
    ])  # fmt: skip
    train, test = (torchvision.datasets.MNIST(str(folder), train=part, transform=transform) for part in (True, False))
    return DataLoader(train, batch_size=64, shuffle=True), DataLoader(test, batch_size=1000)


def train_epoch(model: torch.nn.Module, optimiser: torch.optim.Optimizer, batches: DataLoader[Any]) -> float:
    """One pass; the images a second."""
    begin, count = time.perf_counter(), 0
    model.train()
    for images, labels in batches:
        optimiser.zero_grad()
        loss = F.nll_loss(model(images), labels)
        torch.autograd.backward(loss)
        optimiser.step()
        count += len(labels)
    return count / (time.perf_counter() - begin)


def evaluate(model: torch.nn.Module, batches: DataLoader[Any]) -> tuple[int, int]:
    """How many images are right, and how many there are."""
    correct = total = 0
    model.eval()
    with torch.no_grad():
        for images, labels in batches:
            correct += int((model(images).argmax(dim=1) == labels).sum())
            total += len(labels)
    return correct, total


if __name__ == "__main__":
    main()
