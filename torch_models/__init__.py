"""CNNs for MNIST: models, training, and the record of a run as a sheet; and a module of one's own as a template."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # PyTorch takes seconds to import, and most of what is here does without
    from torch import Tensor, nn, optim

    from templates import Template

__all__ = ["from_torch", "toml_from_torch"]


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
