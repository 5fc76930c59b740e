"""What every other engine looks like to the verifier: plain cells in, their values out."""

from collections.abc import Mapping
from typing import Protocol

from verifier.computing.recompute import Cell
from verifier.engines.plain_book import PlainBook
from verifier.values import Value


class EngineError(Exception):
    """An engine that is not there, or that did not calculate a workbook: says why in a phrase for the user."""


class Calculator(Protocol):
    """An engine that calculates all formulas of a workbook."""

    @property
    def name(self) -> str:
        """What the engine calls itself."""

    def calculate(self, book: PlainBook) -> Mapping[Cell, Value]:
        """The values of all formulas of a workbook; one that has none, or shows nothing, may be left out.

        Raises EngineError.
        """
