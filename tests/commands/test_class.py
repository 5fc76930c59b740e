"""An exercise for each student of a roster, and the grades of what comes back, as a teacher runs both."""

import csv
import re
from pathlib import Path

import openpyxl
import pytest

from sheetgen.practice.roster import Listed, file_names
from tests.commands.command import backprop, complaint

MOODLE = "\ufeffFirst name;Last name;Email address\nAda;Lovelace;ada@x.org\nÇelik;Øre;ben@x.org\nCleo;;cleo@x.org\n"
SHEET = "Practice"
Numbers = dict[str, dict[str, float]]  # of each student, what is right in each blank cell


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The exercises of three students, from what Moodle exports."""
    folder = tmp_path_factory.mktemp("class")
    (folder / "roster.csv").write_text(MOODLE, encoding="utf-8")
    outcome = backprop(folder, "generate", "--practice", "--roster", "roster.csv", "-o", "set")
    assert outcome.status == 0, outcome.errors
    return folder


def numbers_of(folder: Path) -> Numbers:
    """The right numbers as the teacher's key has them, by student and cell."""
    sheet = openpyxl.load_workbook(folder / "set" / "teacher" / "key.xlsx")["Key"]
    found: Numbers = {}
    for name, _, _, cells, *numbers in sheet.iter_rows(min_row=5, max_col=6, values_only=True):
        right = [float(str(number)) for number in numbers if number is not None]
        found.setdefault(str(name), {}).update(zip(str(cells).split(", "), right, strict=True))
    return found


def hand_in(folder: Path, file: str, to: Path, cells: dict[str, float], **others: object) -> None:
    """A student's workbook with numbers typed into some cells, under another name."""
    workbook = openpyxl.load_workbook(folder / "set" / "students" / file)
    for address, content in {**cells, **others}.items():
        workbook[SHEET][address] = content
    workbook.save(to)


def table_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))


def first_numbers(path: Path) -> list[object]:
    """What stands in the first row of an exercise's table that no formula computes."""
    row = next(openpyxl.load_workbook(path)[SHEET].iter_rows(min_row=6, max_row=6, min_col=2, values_only=True))
    return [value for value in row if isinstance(value, float | int)]


def test_each_student_has_a_name_numbers_and_blanks_of_one_s_own(folder: Path) -> None:
    students = folder / "set" / "students"
    assert {path.name for path in students.iterdir()} == {"ada-lovelace.xlsx", "çelik-øre.xlsx", "cleo.xlsx"}
    sheets = {path.stem: openpyxl.load_workbook(path)[SHEET] for path in students.iterdir()}
    assert {name: sheet["A2"].value for name, sheet in sheets.items()} == {
        "ada-lovelace": "Ada Lovelace", "çelik-øre": "Çelik Øre", "cleo": "Cleo",
    }  # fmt: skip
    assert not any(sheet["A2"].protection.locked for sheet in sheets.values())
    numbers = [first_numbers(path) for path in students.iterdir()]
    assert all(one != other for k, one in enumerate(numbers) for other in numbers[:k])
    cells = numbers_of(folder)
    assert len({frozenset(found) for found in cells.values()}) == 3


def test_an_exercise_depends_on_the_seed_and_the_name_alone(folder: Path) -> None:
    """Who joins the class later changes nothing for the others."""
    (folder / "more.csv").write_text("name\nZoe\nAda Lovelace\n", encoding="utf-8")
    for output, seed in (("again", "1"), ("other", "2")):
        arguments = ("--roster", "more.csv", "--seed", seed, "-o", output)
        assert backprop(folder, "generate", "--practice", *arguments).status == 0
    first, again, other = ((folder / name / "students" / "ada-lovelace.xlsx").read_bytes()
                           for name in ("set", "again", "other"))  # fmt: skip
    assert first == again
    assert first != other


def test_points_percent_and_feedback_go_to_whom_the_exercise_belongs(folder: Path, tmp_path: Path) -> None:
    """Whatever the file is called; a gradient counts double where the list says so."""
    right, listed = numbers_of(folder), tmp_path / "class.toml"
    text = (folder / "set" / "teacher" / "class.toml").read_text(encoding="utf-8")
    listed.write_text(re.sub(r"^gradient = 1$", "gradient = 2", text, flags=re.MULTILINE), encoding="utf-8")
    back = tmp_path / "back"
    back.mkdir()
    hand_in(folder, "ada-lovelace.xlsx", back / "homework.xlsx", right["Ada Lovelace"])
    forward = dict(list(right["Çelik Øre"].items())[:4])  # two blanks of two cells each
    hand_in(folder, "çelik-øre.xlsx", back / "final (2).xlsx", forward, A2="Benny")
    outcome = backprop(
        tmp_path, "verify", "back", "--class", "class.toml", "--grades", "grades", "--accept-numbers"
    )  # fmt: skip
    assert "2 of 3 students handed in, on average 61 percent" in outcome.output  # (100 + 2 of 9 points) / 2
    assert "Çelik Øre: the name in it is Benny" in outcome.output
    assert "Cleo: nothing came back" in outcome.output
    ada, ben, cleo = table_of(tmp_path / "grades" / "grades.csv")
    assert (ada["name"], ada["percent"], ada["points"], ada["of"]) == ("Ada Lovelace", "100", "9", "9")
    assert (ben["name"], ben["percent"], ben["points"], ben["file"]) == ("Çelik Øre", "22.2", "2", "final (2).xlsx")
    assert (cleo["name"], cleo["percent"], cleo["blank 1"] != "", cleo["is 1"]) == ("Cleo", "0", True, "missing")
    assert list(ada)[:2] == ["name", "percent"]
    moodle = table_of(tmp_path / "grades" / "moodle.csv")
    assert [list(line.values())[:2] for line in moodle] == [["ada@x.org", "100"], ["ben@x.org", "22.22"]]
    assert list(moodle[0].values())[2] == "All blanks are right."
    assert not (tmp_path / "grades" / "canvas.csv").exists()
    pages = {path.name for path in (tmp_path / "grades" / "feedback").iterdir()}
    assert pages == {"ada-lovelace.html", "çelik-øre.html"}


def test_without_the_option_typed_numbers_have_no_points(folder: Path, tmp_path: Path) -> None:
    hand_in(folder, "cleo.xlsx", tmp_path / "cleo.xlsx", numbers_of(folder)["Cleo"])
    listed = str(folder / "set" / "teacher" / "class.toml")
    outcome = backprop(tmp_path, "verify", "cleo.xlsx", "--class", listed, "--grades", "grades")
    assert outcome.status == 1
    assert table_of(tmp_path / "grades" / "grades.csv")[2]["percent"] == "0"


def test_what_was_handed_on_or_changed_is_told_to_the_teacher(folder: Path, tmp_path: Path) -> None:
    right = numbers_of(folder)["Cleo"]
    for name in ("cleo.xlsx", "dora.xlsx"):
        hand_in(folder, "cleo.xlsx", tmp_path / name, right)
    letter = next(letter for letter in "BCDEFGH" if f"{letter}6" not in right)
    hand_in(folder, "ada-lovelace.xlsx", tmp_path / "ada.xlsx", numbers_of(folder)["Ada Lovelace"], **{f"{letter}6": 7})
    assert backprop(tmp_path, "generate", "--practice", "-o", "else.xlsx").status == 0
    (tmp_path / "broken.xlsx").write_text("no workbook")
    listed = str(folder / "set" / "teacher" / "class.toml")
    outcome = backprop(tmp_path, "verify", ".", "--class", listed, "--grades", "grades", "--accept-numbers")
    assert "Cleo: 2 files have this exercise, the best counts: cleo.xlsx, dora.xlsx" in outcome.output
    assert re.search(r"Ada Lovelace: look at it yourself: a number to start from.* was changed", outcome.output)
    assert "else.xlsx: not an exercise of this class" in outcome.output
    assert re.search(r"broken.xlsx: .*not a workbook", outcome.output)
    assert table_of(tmp_path / "grades" / "grades.csv")[0]["points"] == "0"


def test_what_canvas_imports_has_its_columns_and_its_possible_points(tmp_path: Path) -> None:
    """And a name that looks like a formula is a name."""
    export = "Student,ID,SIS User ID,Section\n    Points Possible,,,\n=1+1,7,s7,A\n"
    (tmp_path / "canvas.csv").write_text(export, encoding="utf-8")
    assert backprop(tmp_path, "generate", "--practice", "--roster", "canvas.csv", "-o", "set").status == 0
    (written,) = (tmp_path / "set" / "students").iterdir()
    cell = openpyxl.load_workbook(written)[SHEET]["A2"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")
    arguments = ("--class", "set/teacher/class.toml", "--grades", "grades")
    backprop(tmp_path, "verify", "set/students", *arguments)
    lines = list(csv.reader((tmp_path / "grades" / "canvas.csv").read_text(encoding="utf-8").splitlines()))
    assert lines[0][:4] == ["Student", "ID", "SIS User ID", "Section"]
    assert lines[1][0].strip() == "Points Possible"
    assert lines[1][-1] == "100"
    assert lines[2] == ["=1+1", "7", "s7", "A", "0"]
    assert table_of(tmp_path / "grades" / "grades.csv")[0]["name"] == "'=1+1"


@pytest.mark.parametrize(
    ("roster", "said"),
    [
        ("email\na@b\n", "has no column for names; its headings are email"),
        ("name\n", "has no students"),
        ("", "has no students"),
        ("name\n" + "x" * 200_000 + "\n", "is not CSV"),
        ("name\n" + "x\n" * 3_000_000, "is not a roster: it has more than"),
    ],
)
def test_a_roster_without_names_is_refused(roster: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text(roster, encoding="utf-8")
    outcome = backprop(tmp_path, "generate", "--practice", "--roster", "roster.csv")
    assert said in complaint(outcome)
    assert not (tmp_path / "backprop-class").exists()


def test_a_folder_with_files_is_written_into_only_where_that_is_asked_for(folder: Path) -> None:
    outcome = backprop(folder, "generate", "--practice", "--roster", "roster.csv", "-o", "set")
    assert "set already exists; give --force" in complaint(outcome)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[students]]\nname = 1", "a field is missing"),
        ("points = 1", "a field is missing"),
        ("[points]\nforward = -1\n", "a field is missing"),
        ("students", "is not the list of a class"),
        (
            "students = []\n[points]\ngradiant = 2\n",
            "points.gradiant is not known here (the nearest is gradient)",
        ),
        ("students = []\n[point]\ngradient = 2\n", "point is not known here (the nearest is points)"),
    ],
)
def test_a_list_that_is_none_is_refused(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "class.toml").write_text(text, encoding="utf-8")
    outcome = backprop(tmp_path, "verify", ".", "--class", "class.toml", "--grades", "grades")
    assert said in complaint(outcome)
    assert outcome.status == 2


def test_the_list_and_the_folder_for_the_grades_go_together(tmp_path: Path) -> None:
    outcome = backprop(tmp_path, "verify", ".", "--grades", "grades")
    assert "--class and --grades need each other" in complaint(outcome)


def test_names_that_are_alike_have_files_of_their_own() -> None:
    """Also where a number makes them so; letters with accents are the same however they are written."""
    students = [Listed(name, {}) for name in ("Ada", "ada!", "Ada 2", "José", "Jose\u0301", "…")]
    assert file_names(students) == ["ada", "ada-2", "ada-2-2", "josé", "josé-2", "student"]
