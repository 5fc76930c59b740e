"""What to build: the network that a workbook trains, and one TOML file for each."""

from templates.network import (
    LEARNING_RATE,
    TOTAL_LOSS,
    Activation,
    Bias,
    Layer,
    LayerSize,
    Loss,
    Network,
    Rule,
    activation_of,
    delta_of,
    gradient_of,
    numbered,
)
from templates.template import DEFAULT, Deltas, Template, TemplateError, load_template, parse_template, template_names
from templates.training import PLAIN, Training

__all__ = [
    "DEFAULT",
    "LEARNING_RATE",
    "PLAIN",
    "TOTAL_LOSS",
    "Activation",
    "Bias",
    "Deltas",
    "Layer",
    "LayerSize",
    "Loss",
    "Network",
    "Rule",
    "Template",
    "TemplateError",
    "Training",
    "activation_of",
    "delta_of",
    "gradient_of",
    "load_template",
    "numbered",
    "parse_template",
    "template_names",
]
