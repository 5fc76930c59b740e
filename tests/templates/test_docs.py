"""What docs/templates.md says is what the code takes: seen as it reads the shipped templates and the examples."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from templates import Activation, Loss, Template, load_template, parse_template, template_names
from templates.fields import Table, TemplateError
from templates.initial import Init
from templates.layer_kinds import Kind
from templates.samples import Order, Reduction
from templates.shipped import FOLDER
from templates.template import Deltas, template_from
from templates.training import OPTIMIZERS, SCHEDULES

PAGE = (Path(__file__).parents[2] / "docs" / "templates.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
Field = tuple[str, str]  # where it stands, and its name
REQUIRED = "required"


def example(text: str) -> Template:
    """The template of an example, with the shipped files of samples beside it."""
    return parse_template(text, name="example", source="docs/templates.md", beside=FOLDER)


def rows_of_table(head: str) -> list[list[str]]:
    """The rows of the page's table whose first column has a heading."""
    table = PAGE.partition(f"\n| {head} |")[2].partition("\n\n")[0]
    return [re.split(r" *\| *", row.strip("| ")) for row in table.splitlines()[2:]]


def documented() -> Mapping[Field, str]:
    """The default that the page gives for each field."""
    return {
        (where.strip("`"), field.strip("`")): default
        for places, field, _, default, _ in rows_of_table("where")
        for where in places.split(", ")
    }


class Asked(defaultdict[Field, set[object]]):
    """The defaults with which each field was asked for; `REQUIRED` where it had none."""

    def __init__(self) -> None:
        super().__init__(set)
        self.kinds = set[object]()  # of layers

    def note(self, table: Table, field: str, default: object) -> None:
        path, kind = table._path.rstrip("."), table.__dict__.setdefault("kind", table._data.get("kind", "dense"))
        value = tuple(default) if isinstance(default, list) else default
        if path.startswith("layers"):
            self.kinds.add(kind)
            self["every layer" if field == "kind" else str(kind), field].add(value)
        else:
            self[f"[{path}]" if path else "top level", field].add(value)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """What all templates, shipped and shown, are asked for as they are read."""
    found, optional = Asked(), set[tuple[str, str]]()

    def watch(name: str, note: Callable[..., None]) -> None:
        original = getattr(Table, name)

        def watched(table: Table, *arguments: Any) -> object:
            note(table, *arguments)
            return original(table, *arguments)

        monkeypatch.setattr(Table, name, watched)

    def may_lack(table: Table, field: str) -> None:
        optional.add((table._path, field))
        found.note(table, field, None)

    def required(table: Table, field: str) -> None:
        found.note(table, field, None if (table._path, field) in optional else REQUIRED)

    watch("optional", may_lack)
    watch("_take", lambda table, field, default: found.note(table, field, default))
    watch("_required", required)
    for name in template_names():
        load_template(name)
    for text in EXAMPLES:
        example(text)
    return found


def test_every_toml_block_of_the_page_is_a_template_that_loads() -> None:
    assert len(EXAMPLES) >= 6
    for text in EXAMPLES:
        assert example(text).iterations > 0


def test_the_examples_show_every_kind_of_layer(asked: Asked) -> None:
    shown = {layer.get("kind", "dense") for text in EXAMPLES for layer in tomllib.loads(text)["layers"]}
    assert shown == set(map(str, Kind))
    assert asked.kinds >= shown


def test_the_table_has_every_field_that_the_code_takes_and_no_other(asked: Asked) -> None:
    assert set(documented()) == set(asked)


def test_the_table_says_required_where_the_code_has_no_default(asked: Asked) -> None:
    said = {field for field, default in documented().items() if default.startswith(REQUIRED)}
    only_where_given = {("top level", "input_shape")}
    assert said == {field for field, defaults in asked.items() if REQUIRED in defaults} - only_where_given


def test_the_defaults_of_the_table_are_those_of_the_code(asked: Asked) -> None:
    """Those that are numbers or texts of TOML; the others are said in words."""
    literal = {field: default.strip("`") for field, default in documented().items() if default.startswith("`")}
    assert len(literal) > 20
    for field, default in literal.items():
        (value,) = asked[field] - {None, REQUIRED}
        assert tomllib.loads(f"x = {default}")["x"] == (list(value) if isinstance(value, tuple) else value), field


def test_fields_with_a_constant_default_have_it_in_the_table(asked: Asked) -> None:
    """Words are for what depends on the rest of the file alone."""
    in_words = {field for field, default in documented().items() if default[0] != "`"} - {
        ("top level", "title"), ("dense", "biases"), ("max pool", "stride"), ("average pool", "stride"),
        ("[training]", "batch_size"), ("[training.optimizer]", "weight_decay"),
    }  # fmt: skip
    for field in in_words:
        assert asked[field] <= {None, REQUIRED, False}, field


@pytest.mark.parametrize(
    "names",
    [Kind, Activation, Loss, Init, Order, Reduction, Deltas, OPTIMIZERS, SCHEDULES],
    ids=lambda names: getattr(names, "__name__", "kinds of training"),
)
def test_every_choice_is_in_the_table(names: Mapping[str, object]) -> None:
    table = PAGE.partition("| where |")[2].partition("\n\n")[0]
    assert [name for name in names if f'"{name}"' not in table] == []


def test_the_page_lists_the_shipped_templates_with_their_titles() -> None:
    listed = {name.strip("`"): title for name, title, _ in rows_of_table("name")}
    assert list(listed) == list(template_names())
    assert listed == {name: load_template(name).title for name in template_names()}


def test_the_page_links_to_what_is_there_and_its_pictures_are_small() -> None:
    docs = Path(__file__).parents[2] / "docs"
    files = [docs / link.partition("#")[0] for link in re.findall(r"\]\(([^)]+)\)", PAGE)]
    assert [file for file in files if not file.exists()] == []
    pictures = [file for file in files if file.suffix == ".png"]
    assert len(pictures) >= 4
    assert all(file.stat().st_size < 200_000 for file in pictures)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_every_field_that_is_misspelt_is_told_with_the_right_one(number: int) -> None:
    """In every table of the file, whatever else is wrong because of it."""
    for path, misspelt in misspellings(tomllib.loads(EXAMPLES[number])):
        with pytest.raises(TemplateError) as caught:
            template_from(misspelt, name="example", source="net.toml", beside=FOLDER)
        message = f"{path[-1]}q is not a known field here (the nearest is {path[-1]})"
        assert message in str(caught.value)


def misspellings(table: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """The path of each field of a file, and a copy of the file in which that field has another letter at its end."""
    for key, value in table.items() if isinstance(table, dict) else enumerate(table):
        if isinstance(table, dict):
            yield (*path, key), {f"{name}q" if name == key else name: one for name, one in table.items()}
        if isinstance(value, dict) or (isinstance(value, list) and value and isinstance(value[0], dict)):
            for inner, changed in misspellings(value, (*path, key)):
                copy = dict(table) if isinstance(table, dict) else list(table)
                copy[key] = changed
                yield inner, copy
