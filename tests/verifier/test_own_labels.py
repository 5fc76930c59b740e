"""Trainings under labels of their own are judged by what their formulas mean."""

from pathlib import Path

import pytest

from tests.verifier.own_tables import Columns, write_table
from verifier import Engine, Kind, Status, verify
from verifier.reading.references import column_name

LINE: Columns = {
    "step": (0.0, "{step'}+1"),
    "speed": 1.5,
    "measured": 2.0,
    "slope": (0.1, "{slope'}-$B$1*{gs'}"),
    "offset": (0.2, "{offset'}-$B$1*{go'}"),
    "guess": "{slope}*{speed}+{offset}",
    "loss": "({guess}-{measured})^2",
    "gs": "2*({guess}-{measured})*{speed}",
    "go": "2*({guess}-{measured})",
}
TWO_SAMPLES: Columns = {
    "xA": 0.5, "xB": -0.4, "yA": 1.0, "yB": 0.0,
    "k": (0.3, "{k'}-$B$1*{dk'}"), "m": (-0.2, "{m'}-$B$1*{dm'}"),
    "pA": "1/(1+EXP(-({k}*{xA}+{m})))", "pB": "1/(1+EXP(-({k}*{xB}+{m})))",
    "cost": "-({yA}*LN({pA})+(1-{yA})*LN(1-{pA})+{yB}*LN({pB})+(1-{yB})*LN(1-{pB}))/2",
    "dk": "(({pA}-{yA})*{xA}+({pB}-{yB})*{xB})/2", "dm": "(({pA}-{yA})+({pB}-{yB}))/2",
}  # fmt: skip
SKIPPING: Columns = {
    "in": 0.7, "want": 0.4,
    "u": (0.5, "{u'}-$B$1*{du'}"), "v": (0.6, "{v'}-$B$1*{dv'}"), "s": (0.3, "{s'}-$B$1*{ds'}"),
    "mid": "TANH({u}*{in})", "out": "{v}*{mid}+{s}*{in}", "Loss": "0.5*({out}-{want})^2",
    "du": "({out}-{want})*{v}*(1-{mid}^2)*{in}", "dv": "({out}-{want})*{mid}", "ds": "({out}-{want})*{in}",
}  # fmt: skip
INLINE: Columns = {
    "x": 0.7, "y": 0.4, "p": (0.5, "{p'}-$B$1*({guess'}-{y'})*{x'}"), "guess": "{p}*{x}",
    "loss": "0.5*({guess}-{y})^2",
}  # fmt: skip
NETS = {"line": LINE, "two samples": TWO_SAMPLES, "skipping": SKIPPING, "inline": INLINE}


def write(path: Path, net: Columns, rows: int = 10) -> Path:
    """A workbook with the net's table from C4 on, its rate in B1."""
    return write_table(path, net, ("rate", 0.2), rows, first_column=3)


@pytest.mark.parametrize("name", NETS)
def test_right_net_without_known_labels_is_right(name: str, engine: Engine, tmp_path: Path) -> None:
    """A net of any names and shape is right where it steps down the derivatives of its loss."""
    result = verify(write(tmp_path / "book.xlsx", NETS[name]), engine)
    assert (result.status, len(result.tables), result.problem) == (Status.RIGHT, 1, None), result.faults
    assert result.tables[0].learning_rate == 0.2


@pytest.mark.parametrize(
    ("name", "column", "wrong", "kind"),
    [
        ("line", "gs", "2*({guess}-{measured})*{offset}", Kind.WRONG_GRADIENT),
        ("line", "go", "({guess}-{measured})", Kind.WRONG_GRADIENT),
        ("line", "offset", (0.2, "{offset'}-$B$1*{gs'}"), Kind.WRONG_UPDATE),
        ("line", "slope", (0.1, "{slope'}+$B$1*{gs'}"), Kind.WRONG_UPDATE),
        ("two samples", "dm", "(({pA}-{yA})+({pB}-{yA}))/2", Kind.WRONG_GRADIENT),
        ("skipping", "du", "({out}-{want})*{v}*(1-{mid})*{in}", Kind.WRONG_GRADIENT),
        ("skipping", "du", "({out}-{want})*{s}*(1-{mid}^2)*{in}", Kind.WRONG_GRADIENT),
    ],
)
def test_wrong_formula_of_a_net_without_known_labels_is_found(
    name: str, column: str, wrong: str | tuple[float, str], kind: Kind, engine: Engine, tmp_path: Path
) -> None:
    """One wrong gradient or update of such a net is found, and nothing else."""
    net: Columns = {**NETS[name], column: wrong}
    path = write(tmp_path / "book.xlsx", net)
    letters = column_name(3 + list(net).index(column))
    first = 6 if kind is Kind.WRONG_UPDATE else 5
    assert [(f.kind, f.cells) for f in verify(path, engine).faults] == [(kind, f"{letters}{first}:{letters}14")]


def test_table_that_steps_without_a_loss_is_no_training(engine: Engine, tmp_path: Path) -> None:
    """A bank account that grows row by row is not taken for a training table."""
    net: Columns = {
        "deposit": 10.0,
        "interest": "{balance}*0.01",
        "balance": (100.0, "{balance'}+{interest'}+{deposit'}"),
    }
    result = verify(write(tmp_path / "book.xlsx", net), engine)
    assert (result.status, len(result.tables)) == (Status.UNCHECKED, 0)


def test_column_that_compares_with_the_row_above_is_no_obstacle(engine: Engine, tmp_path: Path) -> None:
    """What reads a column that is no function of its own row is left out of account, and never a traceback."""
    compared = {**LINE, "last": (0.0, "{loss'}"), "change": "{loss}-{last}"}
    result = verify(write(tmp_path / "book.xlsx", compared), engine)
    assert (result.status, result.faults, result.problem) == (Status.RIGHT, (), None)
