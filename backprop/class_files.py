"""The files of a class's grades: the grade book, what Moodle and Canvas import, and a page for each student."""

import codecs
from collections.abc import Sequence
from pathlib import Path

from opc.files import whole_file
from templates.class_list import ClassList
from verifier import WorkbookResult
from verifier.class_grades import class_grades
from verifier.reports import report
from verifier.reports.class_report import canvas_import, grade_book, moodle_import, summary

_GRADE_BOOK, _MOODLE, _CANVAS, _FEEDBACK = "grades.csv", "moodle.csv", "canvas.csv", "feedback"


def write_class_files(listed: ClassList, results: Sequence[WorkbookResult], folder: Path) -> list[str]:
    """Write all that a folder gets, and return what to say of it. Raises OSError."""
    grades = class_grades(listed, results)
    _write(folder / _GRADE_BOOK, grade_book(grades), mark=codecs.BOM_UTF8)  # by which Excel knows the encoding
    said = [str(folder / _GRADE_BOOK)]
    for name, text in ((_MOODLE, moodle_import(grades)), (_CANVAS, canvas_import(grades))):
        if text is not None:
            _write(folder / name, text)
            said.append(str(folder / name))
    (folder / _FEEDBACK).mkdir(exist_ok=True)
    for grade in grades.handed_in:
        if grade.result is not None:
            page = Path(grade.student.file).with_suffix(".html").name
            _write(folder / _FEEDBACK / page, report("html", [grade.result], show_all=True))
    said.append(f"a page for each student in {folder / _FEEDBACK}")
    return [*summary(grades), f"Wrote {', '.join(said)}"]


def _write(path: Path, text: str, mark: bytes = b"") -> None:
    with whole_file(path) as file:
        file.write(mark + text.encode())
