"""The options of `backprop verify`."""

import math
import re
from pathlib import Path
from typing import Any

import click

FORMATS = ("text", "json", "junit", "github", "csv", "html")
ENGINES = ("formulas", "libreoffice", "formualizer")

# Click would end the whole command at the first file that it may not read; each gets a line instead.
ANY_PATH = click.Path(path_type=Path, readable=False)

_UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}
_UNITS |= {unit[0]: _UNITS[unit] for unit in ("kb", "mb", "gb")}
_LEAST_MEMORY = 10**6  # bytes


class Seconds(click.ParamType[float]):
    """A positive number of seconds; infinity, where there is to be no limit, is written `none`."""

    name = "seconds"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The seconds."""
        text = str(value).strip().lower().removesuffix("s").rstrip()
        try:
            seconds = math.inf if text == "none" else float(text)
        except ValueError:
            self.fail(f"'{value}' is not a number of seconds; give one such as 120, or none", param, ctx)
        if not seconds > 0:
            self.fail(f"{value} is not a positive number of seconds; give one such as 120, or none", param, ctx)
        return seconds


class Size(click.ParamType[float]):
    """An amount of memory with its unit, at least one megabyte; infinity is written `none`."""

    name = "size"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The bytes."""
        text = str(value).strip().lower()
        if text in ("none", "inf"):
            return math.inf
        match = re.fullmatch(r"([0-9]+(?:\.[0-9]*)?)\s*([a-z]*)", text)
        if match is None or match[2] not in _UNITS:
            self.fail(f"'{value}' is not an amount of memory; give one such as 4GB or 500MB, or none", param, ctx)
        size = float(match[1]) * _UNITS[match[2]]
        if size < _LEAST_MEMORY:
            self.fail(f"{value} is less than 1MB; give an amount with its unit, such as 4GB, or none", param, ctx)
        return size


@click.command(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    short_help="Check workbooks cell by cell.",
    epilog="\b\n"
    "Example: backprop verify backprop.xlsx\n"
    "         backprop verify homework.xlsx --fix mended.xlsx\n"
    "         backprop verify submissions/ --format csv -o grades.csv",
)
@click.argument("places", nargs=-1, required=True, metavar="WORKBOOK|FOLDER…", type=ANY_PATH)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    help="Format of the verdicts: text to read, json for programs, junit for CI, github for annotations and a summary "
    "in GitHub Actions, csv for a grade book, html as a web page.  [default: from the extension of --output, else "
    "github inside GitHub Actions, else text]",
)
@click.option(
    "-o",
    "--output",
    type=ANY_PATH,
    metavar="FILE",
    help="Write the verdicts to a file, atomically; an existing file is overwritten, and missing folders are created. "
    "- prints them.  [default: print them]",
)
@click.option("--all", "show_all", is_flag=True, help="Show every fault, not only the first twenty of a workbook.")
@click.option("-q", "--quiet", is_flag=True, help="Print only workbooks that are wrong or not checked.")
@click.option("-v", "--verbose", is_flag=True, help="Print how far each column is from the oracle, including rounding.")
@click.option("--skip-unrelated", is_flag=True, help="Skip spreadsheets without a training, with a line for each.")
@click.option(
    "--accept-numbers",
    is_flag=True,
    help="In an exercise, accept correct typed numbers too; by default a blank counts only if its formula is right.",
)
@click.option(
    "--class",
    "class_list",
    type=ANY_PATH,
    metavar="CLASS.toml",
    help="Grade the exercises of a class: the list that `backprop generate --practice --roster` wrote. The points for "
    "each blank can be edited in it.",
)
@click.option(
    "--grades",
    type=ANY_PATH,
    metavar="FOLDER",
    help="With --class, the folder for the grades: grades.csv, files to import into Moodle and Canvas if the roster "
    "has their columns, and a page of feedback for each student.",
)
@click.option(
    "--fix",
    type=ANY_PATH,
    metavar="OUT.xlsx",
    help="Write a copy in which only the wrong formulas are replaced. For several workbooks, the folder for their "
    "copies. Exit status and verdicts remain those of the original workbooks.",
)
@click.option("--force", is_flag=True, help="Let --fix overwrite existing copies.")
@click.option(
    "--engine",
    type=click.Choice(ENGINES),
    default="formulas",
    show_default=True,
    help="Also compute every formula with another engine, and show where it disagrees.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 1024),
    metavar="N",
    help="Number of workbooks to check at the same time, each in its own process.  [default: the number of cores]",
)
@click.option(
    "--time-limit",
    type=Seconds(),
    default="120",
    show_default=True,
    help="Time limit for each workbook, in seconds, or none.",
)
@click.option(
    "--memory-limit",
    type=Size(),
    default="4GB",
    show_default=True,
    help="Memory limit for each workbook, such as 4GB or 500MB, or none.",
)
@click.pass_context
def verify(context: click.Context, /, **asked: Any) -> None:
    """Recompute every formula of each WORKBOOK and check its training tables against an oracle.

    A FOLDER is searched recursively for .xlsx, .xlsm and .ods; hidden folders and links to folders are skipped. Each
    fault is reported once, with its cells and the formula that would be right. A workbook that cannot be checked is
    reported in one line, and the others are still checked. Nothing in a workbook is executed, and no link is followed.

    Exit status: 0 all right, 1 faults found, 2 usage error, 3 no fault found, but something could not be checked or no
    training was found.
    """
    from backprop.verify_command import Wanted, verify_and_report

    context.exit(verify_and_report(Wanted(**asked)))
