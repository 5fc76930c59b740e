"""What has no counterpart in a template is refused by its name, in one line."""

from collections.abc import Iterable, Mapping

import torch

from templates import TemplateError

Only = Mapping[str, tuple[object, ...]]  # of an option: the values that have a counterpart, the first of them the usual


def name_of(kind: object) -> str:
    """A class as people write it: `nn.Linear`, `optim.SGD`; or the name of anything else that has one."""
    name, home = getattr(kind, "__name__", str(kind)), getattr(kind, "__module__", None) or ""
    prefix = next((f"{one}." for one in ("nn", "optim") if home.startswith(f"torch.{one}.")), "")
    return prefix + name if isinstance(kind, type) else name


def no_counterpart(where: str, kind: object, known: Iterable[object]) -> TemplateError:
    """The error of a class that is not one of the `known` ones."""
    return TemplateError(f"{where}: {name_of(kind)} has no counterpart; {', '.join(map(name_of, known))} have one")


def check_options(where: str, kind: object, options: Mapping[str, object], only: Only) -> None:
    """Refuse an option with a value that has no counterpart. Raises `TemplateError`."""
    for option, allowed in only.items():
        value = options[option]
        if isinstance(value, torch.Tensor) or value not in allowed:
            shown = "a tensor" if isinstance(value, torch.Tensor) else repr(value)
            raise TemplateError(
                f"{where}: {name_of(kind)}({option}={shown}) has no counterpart; {option}={allowed[0]!r} has"
            )


def shown(shape: Iterable[int]) -> str:
    """A shape for people: `2x3`."""
    return "x".join(map(str, shape)) or "a single number"
