"""What is read of a workbook: its sheets' values as they are cached, and its formulas as patterns.

Rows and columns count from 1.
"""

from dataclasses import dataclass, field

from verifier.reading.charts import Chart
from verifier.reading.names import DefinedName
from verifier.reading.references import Pattern
from verifier.values import Value

Place = tuple[int, int]  # row and column, from 1
Area = tuple[Place, Place]  # the first and the last cell


@dataclass(frozen=True)
class Unsupported:
    """A formula that cannot be recomputed: its text with `=`, and why."""

    text: str
    reason: str


@dataclass
class Sheet:
    """A sheet's cells: every value as it is cached, and of those that are computed, the pattern of the formula.

    `texts` are the formulas that are written otherwise than their patterns, as Excel shows them; `array_regions` gives
    for each cell of an array formula over several cells all of them.
    """

    name: str
    hidden: bool
    values: dict[Place, Value] = field(default_factory=dict)
    formulas: dict[Place, Pattern] = field(default_factory=dict)
    unsupported: dict[Place, Unsupported] = field(default_factory=dict)
    texts: dict[Place, str] = field(default_factory=dict)
    array_regions: dict[Place, Area] = field(default_factory=dict)
    charts: list[Chart] = field(default_factory=list)

    def computes(self, place: Place) -> bool:
        """Whether a cell holds a formula, one that can be recomputed or not."""
        return place in self.formulas or place in self.unsupported

    def formula_text(self, place: Place) -> str | None:
        """The formula in a cell, as Excel shows it; None where there is none."""
        if place in self.texts:
            return self.texts[place]
        if place in self.formulas:
            return self.formulas[place].text(*place)
        return self.unsupported[place].text if place in self.unsupported else None


@dataclass(frozen=True)
class Workbook:
    """The worksheets in the order of their tabs, what the package has that is never followed, and the defined names."""

    sheets: tuple[Sheet, ...]
    warnings: tuple[str, ...]
    names: tuple[DefinedName, ...] = ()
