"""How fast training is: beside the loop that one would write with torchvision and a DataLoader.

    python -m benchmarks.train [--quick] [--threads N] [--mnist FOLDER]

Images a second of the reference model, on made-up images: what is in them does not matter to the clock. With the real
MNIST in FOLDER, laid out as torchvision does it, also the time to 99.4 %: `compact` here, the reference model there.
"""

import argparse
import json
import struct
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.measure import Cells, Command, Series, Spread, Target, alternate, print_table, run
from torch_models.images import FILES
from torch_models.published import TARGET

FASTER = 1.5  # times as many images a second, in float32
SOONER = 5.0  # times as soon at the target
IMAGES, QUICK_IMAGES = 12_800, 640


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.train", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="few images, some seconds in all; no targets")
    parser.add_argument("--runs", type=int, default=5, help="of each command [default: %(default)s]")
    parser.add_argument("--threads", type=int, default=1, help="of each command [default: %(default)s]")
    parser.add_argument("--mnist", type=Path, metavar="FOLDER", help="measure the time to 99.4 %% too: some 15 minutes")
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        write_images(Path(folder), QUICK_IMAGES if options.quick else IMAGES)
        throughput(Path(folder), 1 if options.quick else options.runs, options.threads, not options.quick)
    if options.mnist:
        time_to_target(options.mnist, options.threads)


def write_images(folder: Path, count: int) -> None:
    """Write a data set of noise, as IDX files in torchvision's layout."""
    raw = folder / "MNIST" / "raw"
    raw.mkdir(parents=True)
    chance = np.random.default_rng(1)
    for file, number in zip(FILES, (count, count, 500, 500), strict=True):
        array = chance.integers(256, size=(number, 28, 28)) if "images" in file else chance.integers(10, size=number)
        head = bytes((0, 0, 8, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape)
        (raw / file).write_bytes(head + array.astype(np.uint8).tobytes())


def throughput(folder: Path, runs: int, threads: int, judged: bool) -> None:
    """Train the reference model for two epochs each way; the first warms up."""
    shared = (folder, 2, "--threads", threads)
    plain = Command.module("benchmarks.plain_training", *shared)
    ours = Command.module("benchmarks.our_training", *shared)
    bfloat16 = Command.module("benchmarks.our_training", *shared, "--precision", "bfloat16")
    plainly, float32, short = (_rates(one) for one in alternate((plain, runs), (ours, runs), (bfloat16, runs)))
    rows: list[Cells] = []
    for name, rates, least in (("float32", float32, FASTER), ("bfloat16", short, None)):
        ratio = rates.median / plainly.median
        target = str(Target(f"{least:g} or more", ratio >= least)) if judged and least else ""
        rows.append((f"images/s, {name}", rates.text(), plainly.text(), f"{ratio:.2f}", target))
    header = (f"median (min–max) of {runs}", "backprop train", "plain loop, float32", "ratio", "target")
    print_table(f"The reference model, batch 64, threads: {threads}", header, rows)


def _rates(series: Series) -> Spread:
    return Spread(tuple(json.loads(one.output.splitlines()[-1])["rate"] for one in series.runs))


def time_to_target(folder: Path, threads: int) -> None:
    """Train until 99.4 % of the test images are right, each way once."""
    shared = (folder, 20, "--threads", threads, "--target", TARGET)
    ours = run(Command.module("benchmarks.our_training", *shared, "--model", "compact")).output
    plain = run(Command.module("benchmarks.plain_training", *shared)).output
    (seconds, reached), (other, also_reached) = _last(ours), _last(plain)
    verdict = Target(f"{SOONER:g} or more", reached and other / seconds >= SOONER)
    rows: list[Cells] = [
        ("compact, backprop train", f"{seconds:.0f}", "" if reached else "not reached", ""),
        ("reference, plain loop", f"{other:.0f}", "" if also_reached else "not reached", f"{other / seconds:.1f}"),
    ]
    print_table(f"Seconds until {TARGET:.1%} of the test images are right", ("", "seconds", "", "ratio"), rows)
    print(f"  target: {verdict}")


def _last(output: str) -> tuple[float, bool]:
    """The seconds of a whole training, and whether it came to the target; it stops there."""
    line = json.loads(output.splitlines()[-1])
    return line["elapsed"], line["correct"] >= TARGET * 10_000


if __name__ == "__main__":
    main()
