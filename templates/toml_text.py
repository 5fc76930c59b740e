"""The fields of a template as the text of a file: Python reads TOML, and does not write it.

Writers of TOML that are there give each number of a list a line of its own; here a row of a matrix has one, as in the
templates that come along. Source: TOML v1.0.0, of whose texts and numbers JSON's are a part.
"""

import json
import re
from collections.abc import Iterator, Mapping

_WIDTH = 80  # characters of a line; lists of lists that are longer have one for each
_INDENT = "    "
_BARE = re.compile(r"[A-Za-z0-9_-]+")  # a name that needs no quotes


def toml_of(fields: Mapping[str, object]) -> str:
    """The text from which a TOML reader takes the same fields, every number with all its digits."""
    return "".join(f"{line}\n" for line in _lines(fields, ""))


def _lines(fields: Mapping[str, object], path: str) -> Iterator[str]:
    """The fields of a table, and then the tables in it."""
    tables = list[tuple[str, str, Mapping[str, object]]]()
    for name, value in fields.items():
        key = name if _BARE.fullmatch(name) else _text(name)
        whole = f"{path}{key}"
        if isinstance(value, Mapping):
            tables.append((whole, f"[{whole}]", value))
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            tables += [(whole, f"[[{whole}]]", one) for one in value]
        else:
            yield f"{key} = {_text(value)}"
    for whole, heading, table in tables:
        yield from ("", heading)
        yield from _lines(table, f"{whole}.")


def _text(value: object, indent: str = "") -> str:
    if not isinstance(value, list):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    line = f"[{', '.join(_text(one) for one in value)}]"
    if len(indent + line) <= _WIDTH or not any(isinstance(one, list) for one in value):
        return line
    deeper = indent + _INDENT
    return "[\n" + "".join(f"{deeper}{_text(one, deeper)},\n" for one in value) + f"{indent}]"
