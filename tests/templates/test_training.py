"""How a template says which optimizer and schedule it trains with, and what is said where it does so wrongly."""

import pytest

from templates import PLAIN, TemplateError, Training, parse_template
from templates.training import (
    Adam,
    AdamW,
    Cosine,
    GradientDescent,
    Momentum,
    Nesterov,
    Optimizer,
    RMSProp,
    Schedule,
    WarmUp,
)
from templates.training import Step as StepSchedule
from tests.templates.test_errors import RIGHT


def training(text: str) -> Training:
    return parse_template(RIGHT + text, name="net", source="net.toml").training


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('kind = "gradient descent"\nweight_decay = 0.1', GradientDescent(0.1)),
        ('kind = "momentum"', Momentum(0.9, 0.0)),
        ('kind = "nesterov"\nmomentum = 0.5', Nesterov(0.5)),
        ('kind = "rmsprop"\nalpha = 0.9\nepsilon = 1e-6', RMSProp(0.9, 1e-6)),
        ('kind = "adam"', Adam(0.9, 0.999, 1e-8, 0.0)),
        ('kind = "adamw"\nbeta1 = 0', AdamW(0, 0.999, 1e-8, 0.01)),
    ],
)
def test_an_optimizer_has_the_numbers_that_are_given_and_pytorchs_for_the_others(
    text: str, expected: Optimizer
) -> None:
    """A table names a kind; what it leaves out is PyTorch's default."""
    assert training(f"[training.optimizer]\n{text}\n").optimizer == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('kind = "step"\nevery = 10', StepSchedule(10, 0.1)),
        ('kind = "step"\nevery = 10\nfactor = 0.5', StepSchedule(10, 0.5)),
        ('kind = "cosine"\nover = 10', Cosine(10)),
        ('kind = "warm-up"\nover = 10', WarmUp(10)),
    ],
)
def test_a_schedule_has_the_numbers_that_are_given(text: str, expected: Schedule) -> None:
    """A table names a kind and its numbers."""
    assert training(f"[training.schedule]\n{text}\n").schedule == expected


def test_without_both_it_is_plain_gradient_descent() -> None:
    """Nothing is said of training, and nothing more is described."""
    assert training("") == PLAIN
    assert PLAIN.describe() == ""


KINDS = "must be one of gradient descent, momentum, nesterov, rmsprop, adam, adamw, got"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[training.optimizer]\n", "training.optimizer.kind is missing"),
        ('[training.optimizer]\nkind = "sgd"', f"training.optimizer.kind {KINDS} 'sgd'"),
        ('[training.optimizer]\nkind = ["adam"]', f"training.optimizer.kind {KINDS} ['adam']"),
        ('[training.optimizer]\nkind = "adam"\nbeta1 = 1', "optimizer.beta1 must be from 0 to less than 1, got 1"),
        (
            '[training.optimizer]\nkind = "adam"\nbeta1 = true',
            "optimizer.beta1 must be from 0 to less than 1, got true",
        ),
        ('[training.optimizer]\nkind = "adam"\nepsilon = 0', "optimizer.epsilon must be more than 0, got 0"),
        ('[training.optimizer]\nkind = "adam"\nweight_decay = -1', "optimizer.weight_decay must be 0 or more, got -1"),
        (
            '[training.optimizer]\nkind = "adam"\nweight_deacy = 1',
            "training.optimizer.weight_deacy is not a known field here (the nearest is weight_decay), got 1",
        ),
        ('[training.optimizer]\nkind = "adam"\nmomentum = 0.9', "training.optimizer.momentum is not a known field"),
        ('[training.schedule]\nkind = "cosine"', "training.schedule.over is missing"),
        (
            '[training.schedule]\nkind = "cosine"\nover = 1.5',
            "schedule.over must be a whole number, 1 or more, got 1.5",
        ),
        ('[training.schedule]\nkind = "step"\nevery = 0', "schedule.every must be a whole number, 1 or more, got 0"),
        (
            '[training.schedule]\nkind = "step"\nevery = nan',
            "schedule.every must be a whole number, 1 or more, got nan",
        ),
        (
            '[training.schedul]\nkind = "step"',
            "training.schedul is not a known field here (the nearest is sched",
        ),
    ],
)
def test_what_is_wrong_is_said_with_the_field_the_rule_and_the_value(text: str, message: str) -> None:
    """One line names the file, the field, the rule and what it got; an unknown field the nearest that is known."""
    with pytest.raises(TemplateError) as error:
        training(text)
    assert message in str(error.value)
    assert str(error.value).startswith("net.toml: training.")
    assert "\n" not in str(error.value)


def test_a_description_names_what_is_not_usual() -> None:
    """The optimizer, its weight decay and the schedule."""
    assert Training(Adam(weight_decay=0.1), Cosine(5)).describe() == ", Adam with weight decay, cosine schedule"
    assert Training(Momentum(weight_decay=0.1)).describe() == ", gradient descent with momentum and weight decay"
    assert Training(AdamW()).describe() == ", AdamW"
