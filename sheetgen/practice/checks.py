"""The formulas that say whether a blank is right, and what they give."""

from collections.abc import Mapping, Sequence

from sheetgen.practice.blanks import Blank
from sheetgen.practice.exercise import Exercise, Place
from sheetgen.practice.layout import PracticeLayout
from templates.practice import NOT_YET, NOTHING, RIGHT, TYPED, WAITS

STATES = IS_RIGHT, IS_NOT_YET, TO_FILL_IN, IS_WAITING, IS_TYPED = (
    f"{RIGHT} right", f"{NOT_YET} not yet", f"{NOTHING} to fill in", f"{WAITS} waits", f"{TYPED} typed",
)  # fmt: skip


def check_formula(layout: PracticeLayout, place: Place) -> str:
    """The check of one cell: a sign.

    Where a blank before it is not right, a wrong number, or an error, says nothing of the cell's own.
    A right number that is no formula is told from one that is.
    """
    cell, exercise = layout.address(place), layout.exercise
    condition = exercise.fingerprints[place].condition(cell)
    befores = map(layout.check_address, exercise.before[place])
    waits = [f'OR({before}="{RIGHT}",{before}="{TYPED}")' for before in befores]
    wrong = f'IF(AND({",".join(waits)}),"{NOT_YET}","{WAITS}")' if waits else f'"{NOT_YET}"'
    right = f'IF({layout.is_formula_address(place)},"{RIGHT}","{TYPED}")'
    filled = f'IF(IF(ISNUMBER({cell}),{condition},0),{right},IF(ISTEXT({cell}),"{NOT_YET}",{wrong}))'
    return f'=IF(ISBLANK({cell}),"{NOTHING}",{filled})'


def is_formula(layout: PracticeLayout, place: Place) -> str:
    """Whether there is a formula in a cell; an application that does not know the function, of 2013, takes it for one.

    In a cell apart, so that whoever cannot compute this can still compute the check.
    """
    return f"=IFERROR(_xlfn.ISFORMULA({layout.address(place)}),TRUE)"


def state_formula(layout: PracticeLayout, blank: Blank) -> str:
    """What is said of a whole blank, in words."""
    checks = [layout.check_address((blank.label, row)) for row in blank.rows]

    def any_is(sign: str) -> str:
        comparisons = [f'{check}="{sign}"' for check in checks]
        return f"OR({','.join(comparisons)})"

    return (
        f'=IF({any_is(NOT_YET)},"{IS_NOT_YET}",IF({any_is(NOTHING)},"{TO_FILL_IN}",'
        f'IF({any_is(WAITS)},"{IS_WAITING}",IF({any_is(TYPED)},"{IS_TYPED}","{IS_RIGHT}"))))'
    )


def signs(exercise: Exercise, empty: Sequence[Place]) -> dict[Place, str]:
    """What the checks give where some cells are empty, and all others hold their formulas."""
    values, found = exercise.values_without(empty), dict[Place, str]()
    for place in exercise.places:
        value = values[place[1]][place[0]]
        if place in empty:
            found[place] = NOTHING
        elif isinstance(value, float) and exercise.fingerprints[place].accepts(value):
            found[place] = RIGHT
        else:
            found[place] = NOT_YET if all(found[before] == RIGHT for before in exercise.before[place]) else WAITS
    return found


def state(blank: Blank, signs_found: Mapping[Place, str]) -> str:
    """What `state_formula` gives."""
    own = {signs_found[blank.label, row] for row in blank.rows}
    for sign, words in ((NOT_YET, IS_NOT_YET), (NOTHING, TO_FILL_IN), (WAITS, IS_WAITING)):
        if sign in own:
            return words
    return IS_RIGHT
