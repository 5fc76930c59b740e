"""Kinds of options that several commands have."""

import math

import click


class Share(click.ParamType[float]):
    """A part of a whole: 99.4, 99.4% or 0.994."""

    name = "percent"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The part, between 0 and 1."""
        if isinstance(value, float):
            return value
        text = str(value).strip()
        try:
            number = float(text.removesuffix("%"))
        except ValueError:
            self.fail(f"'{text}' is not a number; give a percentage as in 99.4, or a part as in 0.994", param, ctx)
        part = number / 100 if text.endswith("%") or number > 1 else number
        if not 0 < part <= 1:
            self.fail(f"{text} is not a percentage above 0 and up to 100", param, ctx)
        return part


class Target(click.ParamType[float]):
    """What a log is to reach: an accuracy as 99.4, 99.4% or 0.994, or a loss."""

    name = "number"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number; what it is, the log decides, but for one with a percent sign, which is a part of 1."""
        if isinstance(value, float):
            return value
        text = str(value).strip()
        try:
            number = float(text.removesuffix("%"))
        except ValueError:
            self.fail(f"'{text}' is not a number; give an accuracy as 99.4 or 0.994, or a loss as 0.05", param, ctx)
        if not (math.isfinite(number) and number >= 0):
            self.fail(f"{text} is not a finite number, 0 or more", param, ctx)
        return number / 100 if text.endswith("%") else number
