"""Formulas compiled: parsed by `formulas`, and computed by its operators and functions, one after the other.

`formulas` itself has a dispatcher call them. That takes ten times as long as they do, and is needed only for names,
unions of ranges, functions that are handed on and those that ask where they stand.
"""

import importlib
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import Any, ClassVar

import formulas
import schedula
from formulas.builder import AstBuilder
from formulas.functions import COMPILING
from formulas.tokens.function import Function
from formulas.tokens.operand import Operand, Range
from formulas.tokens.operator import Operator

from verifier.computing.counting import COUNTING
from verifier.computing.ranges_of_numbers import OperatorToken
from verifier.computing.texts_in_ranges import without_texts
from verifier.reading.references import UnsupportedFormulaError

_OF_RANGES = (" ", ",", ":", "@")  # operators between ranges themselves, not their values

Call = tuple[Callable[..., Any], tuple[int, ...]]  # a function, and which of the values so far are its arguments


def compiled(text: str, addresses: Sequence[str]) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """What `formulas` makes of a formula, as a function of the values at the addresses, and the tokens of it.

    Raises UnsupportedFormulaError.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tokens = _tokens(text)
            function = _direct(tokens, addresses)
            return _dispatched(text, addresses) if function is None else (function, tokens)
        except (formulas.errors.FormulaError, RecursionError) as error:
            raise UnsupportedFormulaError(f"`formulas` cannot read it ({type(error).__name__})") from None
        except UnsupportedFormulaError:
            raise
        except Exception as error:  # the package raises whatever a function's own code raises
            raise UnsupportedFormulaError(f"`formulas` cannot compile it ({type(error).__name__}: {error})") from None


def _tokens(text: str) -> tuple[Any, ...]:
    """A formula as parsed, operands first; nothing where its parts are more than tokens."""
    try:
        return tuple(_TokenParser().ast(f"={text}")[1].written)
    except AttributeError:  # a formula within it, of LET or LAMBDA, is asked for its dispatcher
        return ()


def _direct(tokens: Sequence[Any], addresses: Sequence[str]) -> Callable[..., Any] | None:
    """The tokens of a parsed formula, operands first, as a function of the values at the addresses.

    None where there is anything in it that needs the dispatcher of `formulas`.
    """
    given: list[Any] = [None] * len(addresses)  # in the place of the arguments, and the constants behind them
    calls: list[Call] = []
    stack: list[int] = []  # numbers of values: from 0 those given, from -1 down the results of calls
    for token in tokens:
        if isinstance(token, Range):
            if token.name not in addresses:
                return None
            stack.append(addresses.index(token.name))
        elif isinstance(token, Operand):
            stack.append(len(given))
            given.append(token.compile())
        else:
            function = _function(token)
            if function is None:
                return None
            first = len(stack) - token.get_n_args
            calls.append((function, tuple(stack[first:])))
            stack[first:] = [-len(calls)]
    return partial(_called, calls, given[len(addresses) :], stack[0]) if stack else None


def _called(calls: Sequence[Call], constants: Sequence[Any], result: int, *arguments: Any) -> Any:
    values = dict(enumerate([*arguments, *constants]))
    for number, (function, operands) in enumerate(calls, 1):
        values[-number] = found = function(*[values[k] for k in operands])
        if found is schedula.NONE:
            raise ValueError("a function gives nothing")
    return values[result]


def _function(token: Any) -> Any:
    """An operator or a function of values alone; None for any other."""
    if isinstance(token, Operator):
        return None if token.name in _OF_RANGES else _plain(token.compile())
    return None if type(token) is not _Function or token.has_func_token else _plain(token.compile())


def _plain(made: Any) -> Any:
    """What `formulas` has as a function, of which some are told whether they are only compiled: they are not here."""
    if not isinstance(made, Mapping):
        return made
    more = made.get("extra_inputs", {})
    return partial(made["function"], *(False for _ in more)) if set(more) <= {COMPILING} else None


def _dispatched(text: str, addresses: Sequence[str]) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """What `formulas` itself compiles."""
    builder: _RecordingBuilder = _RecordingParser().ast(f"={text}")[1]
    function = builder.compile()
    if not set(function.inputs) <= set(addresses):
        raise UnsupportedFormulaError("it refers to something other than cells")
    order = [addresses.index(name) for name in function.inputs]
    return lambda *values: function(*(values[k] for k in order)), tuple(builder.written)


@cache
def _light_functions() -> dict[str, Any]:
    """The functions of `formulas` that load without its statistics, which import SciPy's and take half a second."""
    names = ("info", "logic", "math", "text", "look", "date")
    found: dict[str, Any] = {**COUNTING}
    for name in names:
        found |= importlib.import_module(f"formulas.functions.{name}").FUNCTIONS
    return found


class _Function(Function):  # type: ignore[misc]  # the package ships no types
    def compile(self) -> Any:
        if self.attr.get("func_token"):
            return super().compile()
        name = self.name.upper()
        light = _light_functions().get(name)
        return without_texts(name, super().compile() if light is None else light)


class _TokenBuilder:
    """Takes the place of the builder to which the parser of `formulas` gives tokens, each after its operands."""

    def __init__(self, match: Any = None) -> None:
        self.match = match
        self.written: list[Any] = []
        self._depth = 0

    def __len__(self) -> int:
        return self._depth

    def append(self, token: Any) -> None:
        """Take a token. Raises FormulaError where it has too few operands."""
        count = token.get_n_args if isinstance(token, Operator | Function) else 0
        if count > self._depth:
            raise formulas.errors.FormulaError
        self._depth += 1 - count
        self.written.append(token)

    def finish(self) -> None:
        """Take note of the end."""


class _RecordingBuilder(AstBuilder):  # type: ignore[misc]  # the package ships no types
    """Keeps the tokens in the order in which they are computed, operands first."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.written: list[Any] = []

    def append(self, token: Any) -> None:
        self.written.append(token)
        super().append(token)


_QUICKER: dict[type, type] = {Function: _Function, OperatorToken.__base__: OperatorToken}


class _TokenParser(formulas.Parser):  # type: ignore[misc]  # the package ships no types
    ast_builder = _TokenBuilder
    filters: ClassVar = [_QUICKER.get(kind, kind) for kind in formulas.Parser.filters]


class _RecordingParser(_TokenParser):
    ast_builder = _RecordingBuilder
