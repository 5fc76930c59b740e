"""CNNs for MNIST: models, training, and the record of a run as a sheet; and a module of one's own as a template."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # PyTorch takes seconds to import, and most of what is here does without
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import ArrayLike
    from torch import Tensor, nn, optim

    from templates import Template

__all__ = ["from_torch", "live", "toml_from_torch"]


def from_torch(
    module: "nn.Module",
    inputs: "Tensor",
    targets: "Tensor",
    loss: "nn.Module",
    optimizer: "optim.Optimizer",
    *,
    iterations: int = 100,
    batch_size: int | None = None,
    name: str = "torch",
    title: str | None = None,
) -> "Template":
    """The template of a workbook that trains a module as PyTorch does, step for step, from the weights that it has.

    `inputs` are (samples, …) with one to three dimensions a sample; `targets` are (samples, outputs), or for classes
    (samples,) with their numbers, from 0. A step takes all samples, or `batch_size` of them in their order. The module
    is a chain of layers that `torch.fx` can trace. PyTorch's softplus is its input from 20 on, which that of a workbook
    is not quite (2e-9), and its nn.BCELoss stops at 100. Raises `TemplateError` for what has no counterpart.
    """
    from torch_models.conversion.template import converted

    return converted(
        module, inputs, targets, loss, optimizer, iterations=iterations, batch_size=batch_size, name=name, title=title
    ).template


def toml_from_torch(
    module: "nn.Module",
    inputs: "Tensor",
    targets: "Tensor",
    loss: "nn.Module",
    optimizer: "optim.Optimizer",
    *,
    iterations: int = 100,
    batch_size: int | None = None,
    title: str | None = None,
) -> str:
    """The text of a TOML file from which the same template is read that `from_torch` gives, to change it by hand."""
    from templates.toml_text import toml_of
    from torch_models.conversion.template import converted

    return toml_of(
        converted(
            module, inputs, targets, loss, optimizer, iterations=iterations, batch_size=batch_size, name="", title=title
        ).fields
    )


def live(
    module: "nn.Sequential",
    *,
    workbook: "str | Path",
    images: "Tensor | ArrayLike | None" = None,
    labels: "Tensor | ArrayLike | None" = None,
    shape: tuple[int, int, int] | None = None,
    mean: "float | Sequence[float]" = 0.0,
    deviation: "float | Sequence[float]" = 1.0,
    name: str = "net",
    with_step: bool = True,
) -> list[str]:
    """Put an `nn.Sequential`, as it evaluates one image, into a workbook as live sheets. Returns their names.

    The workbook is made where it is not there; otherwise nothing else in it changes, and sheets that an earlier call
    with the same `name` put there are replaced. `images` to start a drawing from are (n, channels, height, width) or
    (n, height, width) with one or three channels, from 0 to 1 or from 0 to 255, not normalised; of more than 500 the
    first are looked at. `labels` are (n,), numbers of classes from 0; without them the answers of the module are taken
    for right. Without images `shape` is that of one, (channels, height, width), and that of MNIST, (1, 28, 28), where
    it is not given either. `mean` and `deviation` normalise pixels from 0 to 1, one for all channels or one for each.
    Without the step there are no sheets Step and After, which a large network has no room for.

    Raises `templates.TemplateError` for a layer without a counterpart and for images that do not fit,
    `sheetgen.layout.LimitError` for a network that is too large, `sheetgen.insertion.InsertionError` for a workbook
    that takes no sheets, and OSError. The workbook is in every case either what it was, or complete.
    """
    from pathlib import Path

    from torch_models.live_sheets.subject import Given, of_module

    given = Given(images, labels, shape, mean, deviation)
    return of_module(module, name, given, name).put(Path(workbook), with_step)
