"""Other engines that calculate a workbook's formulas, for a second opinion on what `formulas` computes."""

from verifier.engines.calculator import Calculator, EngineError
from verifier.engines.formualizer_engine import Formualizer
from verifier.engines.libreoffice import LibreOffice

__all__ = ["NAMES", "OWN", "Calculator", "EngineError", "calculator"]

OWN = "formulas"  # computes the verdict, whoever else is asked
NAMES = (OWN, "libreoffice", "formualizer")


def calculator(name: str) -> Calculator | None:
    """The engine to ask for a second opinion, one of `NAMES`; None for `formulas`, whose opinion the verdict is.

    Raises EngineError, which says what to install, where the engine is not there; ValueError for another name.
    """
    match name:
        case "libreoffice":
            return LibreOffice.installed()
        case "formualizer":
            return Formualizer.installed()
        case "formulas":
            return None
    raise ValueError(f"{name!r} is not one of the engines {', '.join(NAMES)}")
