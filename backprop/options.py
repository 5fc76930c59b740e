"""Kinds of options that several commands have."""

import math

import click


class _PerhapsPercent(click.ParamType[float]):
    """A number that may have a percent sign; `examples` say what to give, and `_checked` what of it is taken."""

    examples: str

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number."""
        if isinstance(value, float):
            return value
        text = str(value).strip()
        try:
            number = float(text.removesuffix("%"))
        except ValueError:
            self.fail(f"'{text}' is not a number; give {self.examples}", param, ctx)
        try:
            return self._checked(number, text.endswith("%"))
        except ValueError as error:
            self.fail(f"{text} is not {error}", param, ctx)

    def _checked(self, number: float, is_percent: bool) -> float:
        """The number that is meant. Raises ValueError, which says what there may be."""
        raise NotImplementedError


class Share(_PerhapsPercent):
    """A part of a whole, between 0 and 1: 99.4, 99.4% or 0.994."""

    name = "percent"
    examples = "a percentage such as 99.4, or a fraction such as 0.994"

    def _checked(self, number: float, is_percent: bool) -> float:
        part = number / 100 if is_percent or number > 1 else number
        if not 0 < part <= 1:
            raise ValueError("a percentage above 0 and up to 100")
        return part


class Target(_PerhapsPercent):
    """What a log is to reach: an accuracy as 99.4, 99.4% or 0.994, or a loss.

    What a number is, the log decides, but for one with a percent sign, which is a part of 1.
    """

    name = "number"
    examples = "an accuracy such as 99.4 or 0.994, or a loss such as 0.05"

    def _checked(self, number: float, is_percent: bool) -> float:
        if not (math.isfinite(number) and number >= 0):
            raise ValueError("a finite number, 0 or more")
        return number / 100 if is_percent else number
