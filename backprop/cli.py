"""The `backprop` command: parse what was asked, call the library, print what it says, set the exit status.

What a command works with is imported when it runs, so that help and completion answer at once.
"""

import io
import math
import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from backprop.live import live
from backprop.log import log
from backprop.train import train
from backprop.verify import verify

NOT_WRITTEN = 2  # the exit status where a verdict could not be printed: it is neither right nor wrong then
CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


HELP = """Neural networks as live, verified spreadsheets.

\b
backprop generate                write backprop.xlsx: gradient descent as live formulas
backprop verify backprop.xlsx    recompute every formula and check it against an oracle
backprop train                   train a CNN on MNIST and add its epochs to the workbook
backprop log FILE…               turn training logs from any source into sheets of a workbook
backprop live                    write a trained CNN as live formulas: draw a digit, watch its layers
"""


class StoppedError(click.ClickException):
    """Ctrl-C where a command has nothing of its own to say of it. The exit status is the shells', never a verdict's."""

    exit_code = 130


class Commands(click.Group):
    """The commands, each of which Ctrl-C ends with one line, and an output that takes no more."""

    def main(self, *args: Any, **options: Any) -> Any:
        """Run the command that is asked for; help and completion print too, so the output is watched here."""
        try:
            return super().main(*args, **options)
        except OSError as error:  # commands say what is wrong with a file, so this is what they print to
            _drop_output()
            click.echo(f"Error: standard output could not be written: {error.strerror or error}", err=True)
            sys.exit(NOT_WRITTEN)

    def invoke(self, ctx: click.Context) -> Any:
        """Invoke the command that is asked for."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise StoppedError("stopped") from None


@click.group(cls=Commands, context_settings=CONTEXT, help=HELP)
@click.version_option(package_name="backprop-sheets", prog_name="backprop")
def main() -> None:
    """Take no options of its own; prepare the streams for every command."""
    for stream in (sys.stdout, sys.stderr):  # where the terminal or file has no η or ∂, show its number
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _drop_output() -> None:
    """Let go of what is not printed yet: Python would try again as it ends, and say so in lines of its own."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.close(nothing)


class LearningRates(click.ParamType[tuple[float, ...]]):
    """Positive numbers, different from each other, with commas between them."""

    name = "rate,rate,…"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[float, ...]:
        """The rates as numbers, in the order in which they are given."""
        if isinstance(value, tuple):
            return value
        rates = []
        for text in str(value).split(","):
            try:
                rate = float(text)
            except ValueError:
                self.fail(
                    f"'{text}' is not a number; give positive numbers separated by commas, such as 0.1,0.5",
                    param,
                    ctx,
                )
            if not (math.isfinite(rate) and rate > 0):
                self.fail(f"{text} is not a positive number", param, ctx)
            rates.append(rate)
        if len(set(rates)) != len(rates):
            self.fail(f"{value} repeats a rate; each learning rate has one tab", param, ctx)
        return tuple(rates)


TORCH = click.option(
    "--torch",
    "module",
    metavar="FILE.py:NAME",
    help="Instead of a template, a PyTorch nn.Module with its weights. The file is run, so use only one that you "
    "trust. NAME is the module in it; the file also defines inputs, targets (one row per sample), loss (such as "
    "nn.MSELoss()) and optimizer (such as torch.optim.SGD(…)), and batch_size if a step does not use all samples.",
)


def _named_too(template: str) -> click.UsageError:
    return click.UsageError(f"--torch replaces the template: leave '{template}' out")


@main.command(
    short_help="Write the workbook of a network.",
    epilog="\b\nExample: backprop generate mazur --iterations 1000 --learning-rates 0.5,1 -o mazur.xlsx",
)
@click.argument("template", default="backprop")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="The workbook to write.  [default: TEMPLATE.xlsx]"
)
@TORCH
@click.option("--iterations", type=click.IntRange(min=1), help="Updates on each tab.  [default: the template's]")
@click.option("--learning-rates", type=LearningRates(), help="Learning rates, one tab each.  [default: the template's]")
@click.option(
    "--practice",
    is_flag=True,
    help="Write an exercise instead: one update at the first learning rate, with blanks that check their own "
    "answers.  [default name: TEMPLATE-practice.xlsx]",
)
@click.option(
    "--blanks",
    metavar="N|COUNTS|NAMES",
    help="The blanks of an exercise, by number or by name: 6, or forward=2,gradient=3,update=1, or a_h1,dE/dw5,w3.  "
    "[default: forward=2,gradient=3,update=1]",
)
@click.option("--seed", type=click.IntRange(min=0), metavar="N", help="Seed for choosing the blanks.  [default: 1]")
@click.option("--with-answers", is_flag=True, help="Also write the completed exercise, as …-answers.xlsx.")
@click.option(
    "--roster",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="CLASS.csv",
    help="Write an exercise for each student in a CSV file, with different numbers and blanks, to the folder "
    "--output, together with a key and the list that `backprop verify --class` needs for grading.  "
    "[default name: TEMPLATE-class]",
)
@click.option("--force", is_flag=True, help="Overwrite existing files.")
@click.pass_context
def generate(
    context: click.Context,
    template: str,
    output: Path | None,
    module: str | None,
    iterations: int | None,
    learning_rates: tuple[float, ...] | None,
    practice: bool,
    blanks: str | None,
    seed: int | None,
    with_answers: bool,
    roster: Path | None,
    force: bool,
) -> None:
    """Write the workbook of TEMPLATE, a name from `backprop templates` or the path of a TOML file.

    Each row is one iteration of gradient descent, each tab one learning rate, and every number a live formula.
    """
    if module is not None and context.get_parameter_source("template") is click.core.ParameterSource.COMMANDLINE:
        raise _named_too(template)
    if practice:
        from backprop.practice_command import WantedExercise, write_class_practice, write_practice

        if iterations is not None:
            raise click.UsageError("--iterations has no meaning with --practice: an exercise is one update")
        if roster is not None and with_answers:
            raise click.UsageError("--with-answers has no meaning with --roster, which writes a key for the class")
        wanted = WantedExercise(
            template, module, output, learning_rates, blanks, 1 if seed is None else seed, with_answers, force
        )
        if roster is None:
            write_practice(wanted)
        else:
            write_class_practice(wanted, roster)
        return
    if blanks is not None or seed is not None or with_answers or roster is not None:
        raise click.UsageError("--blanks, --seed, --with-answers and --roster need --practice")
    from backprop.chosen_template import chosen_template
    from backprop.output_file import check_output
    from backprop.progress import RowProgress
    from sheetgen import LimitError, row_count
    from sheetgen import generate as write_workbook
    from templates import TemplateError

    begin = time.perf_counter()
    try:
        chosen = chosen_template(template, module)
        chosen = replace(
            chosen, iterations=iterations or chosen.iterations, learning_rates=learning_rates or chosen.learning_rates
        )
        path = output or Path(f"{chosen.name}.xlsx")
        check_output(path, force)
        with RowProgress(row_count(chosen), "Writing rows") as progress:
            write_workbook(chosen, path, progress.add)
    except (TemplateError, LimitError) as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"{path} could not be written: {error.strerror or error}") from None
    seconds = time.perf_counter() - begin
    rates = ", ".join(f"{rate:g}" for rate in chosen.learning_rates)
    click.echo(
        f"Wrote {path}: {chosen.describe()}, {chosen.iterations:,} iterations "
        f"at each learning rate ({rates}), in {seconds:.1f} s"
    )


@main.command(
    short_help="List the included templates, or print one.",
    epilog="\b\nExample: backprop templates deep > mine.toml\n         backprop templates --torch f.py:net > mine.toml",
)
@click.argument("name", required=False)
@TORCH
def templates(name: str | None, module: str | None) -> None:
    """List the templates that `backprop generate` knows, one per line, or print the file of a template or a module.

    To print a CSV file that a template reads, give its name: backprop templates iris.csv > iris.csv
    """
    from templates import TemplateError, load_template, template_names
    from templates.shipped import shipped_text

    if name is not None and module is not None:
        raise _named_too(name)
    if module is not None:
        from backprop.chosen_template import module_as_toml

        click.echo(module_as_toml(module), nl=False)
        return
    if name is not None:
        try:
            click.echo(shipped_text(name), nl=False)
        except TemplateError as error:
            raise click.ClickException(str(error)) from None
        return
    known = [load_template(one) for one in template_names()]
    widths = (max(len(one.name) for one in known), max(len(one.title) for one in known))
    for one in known:
        click.echo(f"{one.name:<{widths[0]}}  {one.title:<{widths[1]}}  {one.describe()}")


main.add_command(live)
main.add_command(log)
main.add_command(train)
main.add_command(verify)
