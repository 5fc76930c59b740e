"""The exercise edition: one update with blanks that check what is put into them.

from sheetgen.practice import exercise_of, write_exercise
from templates import load_template

write_exercise(exercise_of(load_template("backprop"), seed=7), "practice.xlsx")
"""

from sheetgen.practice.exercise import Exercise, exercise_of
from sheetgen.practice.workbook import write_answers, write_exercise

__all__ = ["Exercise", "exercise_of", "write_answers", "write_exercise"]
