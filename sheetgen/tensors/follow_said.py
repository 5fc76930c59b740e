"""What Follow says of an output: whether it is there, its formula in symbols and with numbers, and its value."""

from collections.abc import Sequence

from xlsxwriter.worksheet import Worksheet

from sheetgen.live import NO, YES, Live, colour_answers, write_live
from sheetgen.style import Styles
from sheetgen.tensors.follow import SYMBOLS, Kind
from sheetgen.tensors.follow_layout import (
    COLUMNS,
    HEADINGS_ROW,
    KIND,
    MAPS,
    RECTIFIED,
    ROWS,
    SAID_ROW,
    SAME,
    Sheet,
    Shown,
)


def write_said(sheet: Worksheet, styles: Styles, at: Sheet, shown: Shown) -> None:
    """Write whether there is such an output, and the output in symbols, with numbers, and as a number."""
    number = shown.numbers
    for line, (live, form) in enumerate((
        (_where(at, shown), styles.answer("left")),
        (Live(f"={_wrapped(at, by_kind(at, [_text(SYMBOLS[kind]) for kind in Kind]), 'a = ')}",
              _wrapped_text(shown, SYMBOLS[shown.view.kind], "a = ")), styles.text()),
        (Live(f"={_wrapped(at, by_kind(at, [_put_in(at, kind) for kind in Kind]), '= ')}",
              _wrapped_text(shown, _put_in_text(shown), "= ")), styles.text()),
        (Live(f'="= "&TEXT({at.number("result")},"0.000000")', f"= {number['result']:.6f}"), styles.label_text()),
    )):  # fmt: skip
        if line == 0:
            sheet.merge_range(SAID_ROW, 2, SAID_ROW, at.block_column(3), "", form)
        write_live(sheet, SAID_ROW + line, 2, live, form)
    colour_answers(sheet, styles, SAID_ROW, 2, SAID_ROW, 2)
    for block, (text, sign) in enumerate((("window", "·"), ("kernel", "="), ("products", "Σ"))):
        column = at.block_column(block)
        sheet.write_string(HEADINGS_ROW, column, text, styles.label_text())
        sheet.write_string(HEADINGS_ROW, column + at.columns, sign, styles.answer())
    sheet.write_string(HEADINGS_ROW, at.block_column(3), "sum", styles.answer())


def _where(at: Sheet, shown: Shown) -> Live:
    """Whether what is chosen is there, and where it stands."""
    layer, *wanted = at.fields
    names = ("map", "row", "column")
    there = ",".join(
        [
            f"COUNTIF({at.listed(-1)},{layer})=1",
            *(f"{cell}={at.number(name)}" for cell, name in zip(wanted, names, strict=True)),
        ]
    )
    agrees = f"ABS({at.number('result')}-{at.number('Layers')})<{SAME}*(1+ABS({at.number('result')}))"
    limits = f'{at.of_layer(MAPS)}&" maps of "&{at.of_layer(ROWS)}&" × "&{at.of_layer(COLUMNS)}'
    formula = (
        f'=IF(AND({there}),IF({agrees},"{YES} as on Layers, in ","{NO} not as on Layers, in ")'
        f"&{_letters(at.number('sheet column'))}&{at.number('sheet row')},"
        f'"{NO} no such output: this layer has "&{limits}&"; the nearest is shown")'
    )
    place = shown.view.wiring.output.on("").cell(shown.place)
    return Live(formula, f"{YES} as on Layers, in {place}")


def _letters(column: str) -> str:
    """The formula of the letters of a column's number."""
    first, second = f"CHAR(65+INT(({column}-703)/676))", f"CHAR(65+MOD(INT(({column}-27)/26),26))"
    return f'IF({column}>702,{first},"")&IF({column}>26,{second},"")&CHAR(65+MOD({column}-1,26))'


def _wrapped(at: Sheet, inner: str, before: str) -> str:
    """A text with max(0, …) around it where the layer ends with a ReLU."""
    return f'"{before}"&IF({at.of_layer(RECTIFIED)}=1,"max(0, ","")&{inner}&IF({at.of_layer(RECTIFIED)}=1,")","")'


def _wrapped_text(shown: Shown, inner: str, before: str) -> str:
    return f"{before}max(0, {inner})" if shown.view.stage.rectified else f"{before}{inner}"


def by_kind(at: Sheet, parts: Sequence[str]) -> str:
    return f"CHOOSE({at.of_layer(KIND)},{','.join(parts)})"


def _text(text: str) -> str:
    return f'"{text}"'


def _put_in(at: Sheet, kind: Kind) -> str:
    """The symbols with numbers in their places."""
    total, largest, bias, score = (f'TEXT({at.number(name)},"0.000")' for name in ("Σ", "largest", "bias", "score"))
    return {
        Kind.SUM: f'{total}&" + "&{bias}',
        Kind.LARGEST: f'"largest of the window: "&{largest}',
        Kind.MEAN: f'{total}&" / "&COUNT({at.whole(0)})',
        Kind.LOGARITHM: f'{score}&" − "&{largest}&" − ln "&{total}',
    }[kind]


def _put_in_text(shown: Shown) -> str:
    total, largest, bias, score = (f"{shown.numbers[name]:.3f}" for name in ("Σ", "largest", "bias", "score"))
    return {
        Kind.SUM: f"{total} + {bias}",
        Kind.LARGEST: f"largest of the window: {largest}",
        Kind.MEAN: f"{total} / {shown.window.size}",
        Kind.LOGARITHM: f"{score} − {largest} − ln {total}",
    }[shown.view.kind]
