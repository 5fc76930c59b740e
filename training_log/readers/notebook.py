"""What the cells of a notebook printed (nbformat 4: `cells`, `outputs`, `text`)."""

from collections.abc import Iterator, Mapping


def printed_text(notebook: Mapping[str, object]) -> str:
    """All that the cells printed, one after the other."""
    return "\n".join(_texts(notebook.get("cells")))


def _texts(cells: object) -> Iterator[str]:
    for cell in cells if isinstance(cells, list) else []:
        outputs = cell.get("outputs") if isinstance(cell, dict) else None
        for output in outputs if isinstance(outputs, list) else []:
            text = output.get("text") if isinstance(output, dict) else None
            if isinstance(text, list):
                yield "".join(map(str, text))
            elif isinstance(text, str):
                yield text
