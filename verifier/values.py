"""What a cell can hold, as the verifier sees it."""


class ExcelError(str):
    """An error value, by its Excel name: `#NUM!`, `#REF!`, …"""

    __slots__ = ()


Value = float | bool | str | ExcelError | None  # None is an empty cell; every number is a float

ERROR_NAMES = ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA")
UNKNOWN_NAME = ExcelError("#NAME?")


def is_text(value: Value) -> bool:
    """Whether the value is a text, and not an error."""
    return isinstance(value, str) and not isinstance(value, ExcelError)


def in_words(value: Value) -> str:
    """A value as it stands in a sentence: numbers with all their digits, texts in quotes, errors by their names."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, ExcelError):
        return str(value)
    return f'"{value}"' if isinstance(value, str) else repr(value)
