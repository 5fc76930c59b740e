"""Write learner.xlsx: the exercise of `backprop generate --practice`, filled in as a learner might have done it.

    python docs/learner.py && backprop verify learner.xlsx

Of its six blanks three are right, one is still empty, one holds typed numbers, and ∂E/∂w3 uses a_h1·(1 − a_h1) in the
place of a_h2·(1 − a_h2); the learner has asked for a hint on it.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import openpyxl
from openpyxl.utils import get_column_letter

from sheetgen.practice import exercise_of, write_exercise
from templates import load_template

WORKBOOK = Path("learner.xlsx")
# A name in braces stands for its cell in the same row, and one with an arrow for that in the row above.
ANSWERS: Mapping[str, Sequence[str | float | None]] = {
    "h1": ("={w1}*{i1}+{w2}*{i2}",) * 2,
    "a_h2": (0.51062340, 0.51062200),
    "∂E_t/∂w3": (
        "=(({a_o1}-{t1})*{a_o1}*(1-{a_o1})*{w6}+({a_o2}-{t2})*{a_o2}*(1-{a_o2})*{w8})*({a_h1}*(1-{a_h1}))*{i1}",
    ) * 2,
    "∂E_t/∂w6": ("=({a_o1}-{t1})*{a_o1}*(1-{a_o1})*{a_h2}",) * 2,
    "w2": (None, "={↑w2}-{η}*{↑∂E_t/∂w2}"),  # the first one is given
}  # fmt: skip


def write(path: Path) -> None:
    """Write the exercise, fill it in, and save it without cached values, as openpyxl does."""
    write_exercise(exercise_of(load_template("backprop")), path)
    book = openpyxl.load_workbook(path)
    sheet = book["Practice"]
    cells = {cell.value: cell for row in sheet.iter_rows() for cell in row if cell.value is not None}
    header, rate = cells["E_total"].row, cells["η ="].offset(column=1).coordinate
    columns = {sheet.cell(header, k).value: get_column_letter(k) for k in range(1, sheet.max_column + 1)}

    def formula(text: str, row: int) -> str:
        def address(name: re.Match[str]) -> str:
            arrow, label = name.groups()
            return rate if label == "η" else f"{columns[label]}{row - len(arrow)}"

        return re.sub(r"{(↑?)([^}]+)}", address, text)

    for label, answers in ANSWERS.items():
        for row, answer in enumerate(answers, header + 1):
            if answer is not None:
                sheet[f"{columns[label]}{row}"] = formula(answer, row) if isinstance(answer, str) else answer
    sheet.cell(cells["∂E_t/∂w3"].row, cells["ask"].column).value = "?"  # in the list of blanks, which is the last place
    book.save(path)


if __name__ == "__main__":
    write(WORKBOOK)
