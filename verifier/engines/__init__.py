"""Other engines that calculate a workbook's formulas, for a second opinion on what `formulas` computes."""

from verifier.engines.calculator import Calculator, EngineError
from verifier.engines.choice import NAMES, calculator

__all__ = ["NAMES", "Calculator", "EngineError", "calculator"]
