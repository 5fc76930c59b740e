"""What to build: the network that a workbook trains, and one TOML file for each."""

from templates.fields import TemplateError
from templates.network import (
    LEARNING_RATE,
    SAMPLE_LOSS,
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
from templates.samples import Order, Reduction, Samples
from templates.shipped import DEFAULT, template_names
from templates.template import Deltas, Template, load_template, parse_template, template_from
from templates.training import PLAIN, Training

__all__ = [
    "DEFAULT",
    "LEARNING_RATE",
    "PLAIN",
    "SAMPLE_LOSS",
    "TOTAL_LOSS",
    "Activation",
    "Bias",
    "Deltas",
    "Layer",
    "LayerSize",
    "Loss",
    "Network",
    "Order",
    "Reduction",
    "Rule",
    "Samples",
    "Template",
    "TemplateError",
    "Training",
    "activation_of",
    "delta_of",
    "gradient_of",
    "load_template",
    "numbered",
    "parse_template",
    "template_from",
    "template_names",
]
