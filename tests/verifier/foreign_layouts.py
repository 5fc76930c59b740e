"""Layouts for hypothesis: any sigmoid network as anybody might set its table, label it and write its updates."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from hypothesis import strategies as st

from tests.verifier.calculator import letters_of
from tests.verifier.chain_rule import NONE, OWN, SHARED, Net
from tests.verifier.foreign import EMPTY, TYPED, UPDATE, Layout

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")

# {u} is the unit, as h1; {s} the same with a subscript; {n} its number where all units are numbered through.
UNITS = (
    ("{u}", "a_{u}"), ("net_{u}", "out_{u}"), ("net({u})", "out({u})"), ("{u}", "σ({u})"), ("{u}", "{u}_out"),
    ("net_{u}", "{u}"), ("z_{u}", "a_{u}"), ("z{n}", "a{n}"), ("net{n}", "out{n}"), ("{u} (net)", "{u} (out)"),
    ("sum {u}", "act {u}"), ("{s}", "a_{s}"), ("in_{u}", "sigmoid({u})"), ("{u}", "а_{u}"),
)  # fmt: skip
INPUTS = ("i{n}", "x{n}", "I{n}", "input {n}", "x_{n}", "i{s}", "I{n} (given)")
TARGETS = ("t{n}", "y{n}", "target{n}", "T_{n}", "t{s}", "desired {n}")
WEIGHTS = ("w{n}", "W{n}", "w_{n}", "w[{n}]", "weight {n}", "w{s}", "w{n} (initial 0.15)", "ｗ{n}")
BIASES = ("b{n}", "bias{n}", "B_{n}", "bias {n}")
LOSSES = ("E{n}", "E_o{n}", "E(o{n})", "error {n}", "e{s}", "E_{n}")
TOTALS = ("E_total", "Etot", "Total Error", "Loss", "ΣE", "E", "J", "E_t", "Cost", "Error", "E_total = ΣE")
GRADIENTS = (
    "∂E_t/∂{p}", "dE/d{p}", "∂E/∂{p}", "grad_{p}", "∇{p}", "d{p}", "𝜕E_t/𝜕{p}", "E∂{p}", "∂E ⁄ ∂{p}", "dLoss/d{p}",
    "gradient of {p}", "δE_tot÷δ{p}", "д E/д {p}", "dE_d{p}", r"$\partial E/\partial {p}$", "∂E/∂{p}\n(backward)",
)  # fmt: skip
UPDATES = (
    UPDATE, "{w'}-{g'}*{η}", "{w'}-({η}*{g'})", "{w'}+(-{η}*{g'})", "SUM({w'},-{η}*{g'})", "-{η}*{g'}+{w'}",
    "({w'}-{η}*{g'})",
)  # fmt: skip
RATE_LABELS = ("η", "LR", "Learning rate:", "L.R", "α =", None)


@st.composite
def nets(draw: st.DrawFn) -> Net:
    """Networks of up to three inputs, hidden layers and outputs, the deeper ones narrow."""
    depth = draw(st.sampled_from((1, 1, 1, 2, 2, 3)))
    most = 3 if depth == 1 else 2
    shape = tuple(draw(st.integers(1, most)) for _ in range(depth + 2))
    biases = draw(st.lists(st.sampled_from((NONE, SHARED, OWN)), min_size=depth + 1, max_size=depth + 1))
    return Net(shape, tuple(biases))


@st.composite
def spellings(draw: st.DrawFn, net: Net) -> Mapping[str, str]:
    """A label for each column of a network, those of one kind in one spelling."""

    def numbered(names: Sequence[str], forms: Sequence[str]) -> dict[str, str]:
        form = draw(st.sampled_from(forms))
        return {n: form.format(n=n.lstrip("itwbE"), s=n.lstrip("itwbE").translate(_SUBSCRIPTS)) for n in names}

    labels = numbered(net.inputs, INPUTS) | numbered(net.targets, TARGETS) | numbered(net.weights, WEIGHTS)
    labels |= numbered([name for name in net.parameters if name[0] == "b"], BIASES) | numbered(net.losses, LOSSES)
    net_form, output_form = draw(st.sampled_from(UNITS))
    for number, unit in enumerate(net.units, 1):
        parts = {"u": unit.net, "s": unit.net.translate(_SUBSCRIPTS), "n": number}
        labels |= {unit.net: net_form.format(**parts), unit.output: output_form.format(**parts)}
    gradient = draw(st.sampled_from(GRADIENTS))
    labels |= {name: gradient.replace("{p}", parameter) for parameter, name in net.gradients.items()}
    return labels | {"E_total": draw(st.sampled_from(TOTALS))}


@st.composite
def orders(draw: st.DrawFn, net: Net) -> tuple[str, ...]:
    """The columns in any order, or in any order of their kinds."""
    if draw(st.booleans()):
        return tuple(draw(st.permutations(net.order)))
    forward = [name for unit in net.units for name in (unit.net, unit.output)]
    kinds = [net.inputs, net.targets, net.parameters, forward, [*net.losses, "E_total"], list(net.gradients.values())]
    return tuple(name for kind in draw(st.permutations(kinds)) for name in kind)


@st.composite
def with_extra_columns(draw: st.DrawFn, layout: Layout) -> Layout:
    """The table with columns between that say nothing, or show factors of the chain rule."""
    net = layout.net
    output, target = net.layers[-1][0].output, net.targets[0]
    choices = {
        "Step": "{Step'}+1", " ": EMPTY, "  ": EMPTY, "remarks": TYPED, "loss change": "{E_total}-{E_total$}",
        f"∂E1/∂{output}": f"{{{output}}}-{{{target}}}", f"d{output}/do1": f"{{{output}}}*(1-{{{output}}})",
    }  # fmt: skip
    extra = {name: choices[name] for name in draw(st.lists(st.sampled_from(list(choices)), unique=True, max_size=3))}
    formulas = dict(layout.formulas)
    if draw(st.booleans()):
        extra |= net.deltas
        formulas |= net.short_gradients
    order = list(layout.order)
    for name in extra:
        order.insert(draw(st.integers(0, len(order))), name)
    return replace(layout, order=tuple(order), extra=extra, formulas=formulas)


@st.composite
def with_rate(draw: st.DrawFn, layout: Layout) -> Layout:
    """The table with its learning rate somewhere, in one of the forms that it takes."""
    layout = replace(
        layout, update=draw(st.sampled_from(UPDATES)), rate=draw(st.sampled_from((0.5, "=0.5", "=1/2"))),
        rate_label=draw(st.sampled_from(RATE_LABELS)),
    )  # fmt: skip
    above = (layout.header_row - 2, layout.first_column + draw(st.integers(2, 6)))
    below = (layout.header_row + layout.gap + layout.rows + 3, layout.first_column + 2)
    match draw(st.sampled_from(("above", "below", "tab", "typed", "row before", "same row"))):
        case "above":
            offset = draw(st.sampled_from(((0, 1), (0, 2), (0, 3), (1, 0), (0, -1))))
            return replace(layout, rate_place=above, rate_offset=offset)
        case "below":
            return replace(layout, rate_place=below)
        case "tab":
            return replace(layout, rate_tab="Settings", rate_place=(3, layout.first_column + 2))
        case "typed":
            update = draw(st.sampled_from((*UPDATES, "{w'}-{g'}/2", "{w'}-1/2*{g'}")))
            return replace(layout, rate_text="0.5", update=update, rate_label=None, rate_place=above)
        case row:
            text = "{η'}" if row == "row before" else "{η}"
            order = (*layout.order[:3], "η", *layout.order[3:])
            extra = {**layout.extra, "η": "0.5"}
            return replace(layout, rate_text=text, order=order, extra=extra, rate_label=None, rate_place=above)


@st.composite
def with_givens(draw: st.DrawFn, layout: Layout) -> Layout:
    """The table with its inputs and targets typed into each row, taken over from row to row, or read from one cell."""
    net = layout.net
    names = (*net.inputs, *net.targets)
    way = draw(st.sampled_from(("typed", "typed", "taken over", "anchored", "first row", "outside")))
    if way == "typed":
        return layout
    if way == "taken over":
        return replace(layout, formulas={**layout.formulas, **{name: f"{{{name}'}}" for name in names}})
    forms = {**net.formulas, **layout.extra, **layout.formulas}
    anchored = {name: re.sub(r"\{([it]\d+)\}", r"{\1$}", form) for name, form in forms.items() if "{" in form}
    extra = {name: anchored.get(name, form) for name, form in layout.extra.items()}
    layout = replace(layout, formulas={name: anchored[name] for name in anchored if name not in extra}, extra=extra)
    if way == "first row":
        return replace(layout, blank_below=frozenset(names))
    if way == "outside":
        column = layout.first_column + len(layout.names) + 30
        return replace(layout, outside={name: _absolute(column, 3 + k) for k, name in enumerate(names)})
    return layout


def _absolute(column: int, row: int) -> str:
    return f"${letters_of(column)}${row}"


@st.composite
def layouts(draw: st.DrawFn, fewest_rows: int = 3) -> Layout:
    """Any network in any layout."""
    net = draw(nets())
    layout = Layout(
        net=net, order=draw(orders(net)), labels=draw(spellings(net)), header_row=draw(st.integers(4, 12)),
        first_column=draw(st.integers(1, 5)), rows=draw(st.integers(0, 3)) + fewest_rows, gap=draw(st.integers(0, 2)),
        units=draw(st.sampled_from((None, "[1]"))),
    )  # fmt: skip
    return draw(with_rate(draw(with_givens(draw(with_extra_columns(layout))))))


@st.composite
def sheets(draw: st.DrawFn) -> list[Layout]:
    """One table or two, below or beside each other, at different learning rates."""
    layout = draw(layouts())
    way = draw(st.sampled_from(("alone", "alone", "below", "beside")))
    if way == "alone" or layout.outside or layout.rate_text is not None:
        return [layout]
    rows, columns = (layout.rows + layout.gap + 8, 0) if way == "below" else (0, len(layout.names) + 4)
    return [layout, replace(layout.moved(rows, columns), rate=0.25)]
