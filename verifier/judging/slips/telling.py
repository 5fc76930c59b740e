"""Telling a slip: its name, a sentence in the words of the table, and what to type where."""

from collections.abc import Sequence

from templates import LEARNING_RATE
from verifier.findings import Slip
from verifier.judging.slips.chain_rule import ChainRule
from verifier.judging.slips.edits import Edit, Substitution
from verifier.judging.slips.names import Names, Role, SlipName
from verifier.judging.slips.substitutions import leaves_of
from verifier.judging.slips.tree import Form, Node, bare, replaced
from verifier.reading.references import Reference, column_name

_LONGEST = 60  # characters of a part that is shown in a sentence
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
_SAME_ROLE = {
    Role.ACTIVATION: SlipName.OTHER_UNIT, Role.NET: SlipName.OTHER_NET, Role.PARAMETER: SlipName.OTHER_WEIGHT,
    Role.INPUT: SlipName.OTHER_INPUT, Role.TARGET: SlipName.OTHER_TARGET, Role.LOSS: SlipName.OTHER_LOSS,
    Role.DELTA: SlipName.OTHER_DELTA, Role.GRADIENT: SlipName.OTHER_GRADIENT,
}  # fmt: skip


class Teller:
    """Tells the slips of one formula; it stands in `rows` of its column, the first of which is that of `names`."""

    def __init__(
        self, names: Names, tree: Node, mathematics: ChainRule | None, rows: Sequence[int], first_row: int
    ) -> None:
        self._names = names
        self._tree = tree
        self._mathematics = mathematics
        self._rows = rows
        self._first_row = first_row  # of the table

    def edit(self, edit: Edit) -> Slip:
        """The slip that an edit repairs."""
        words = [self._short(node) for node in edit.nodes]
        typed = [self._names.typed(node) for node in edit.nodes]
        explanation = f"{self._names.name} {edit.explanation.format(*words)}"
        return self._slip(edit.name, explanation, edit.advice.format(*typed), replaced(self._tree, edit.changes))

    def other_formula(self, name: SlipName, other: str, right: Node) -> Slip:
        """The formula of another column."""
        how = "has the formula of" if name is SlipName.OTHER_FORMULA else "has, moved along, the formula of"
        explanation = f"{self._names.name} {how} {other}{self._because(self._rule())}"
        return self._slip(name, explanation, f"write ={self._names.typed(right)}", right)

    def other_activation(self, found: str, right: Node) -> Slip:
        """Another function of the right net input."""
        because = self._because(self._rule())
        explanation = f"{self._names.name} is computed as {found}{because}"
        return self._slip(SlipName.OTHER_ACTIVATION, explanation, f"write ={self._names.typed(right)}", right)

    def substitution(self, found: Substitution) -> Slip:
        """The slip that other references repair."""
        kinds = {self._name_of(old, new) for old, new in found.pairs}
        if found.is_exchange:
            weights = all(self._role(old) is Role.PARAMETER for old, _ in found.pairs)
            name = SlipName.TRANSPOSED if weights else SlipName.EXCHANGED
            one, other = (self._names.word(old) for old, _ in found.pairs[:2])
            why = f"has {one} and {other} in each other's place{self._because(self._reason(found.pairs[0][1]))}"
        else:
            name = kinds.pop() if len(kinds) == 1 else SlipName.SEVERAL
            why = self._why(name, found)
        explanation = f"{self._names.name} {why}"
        return self._slip(name, explanation, self._replacements(found), replaced(self._tree, found.changes))

    def _slip(self, name: SlipName, explanation: str, advice: str, tree: Node) -> Slip:
        formula = tree.pattern().text(self._names.row, self._names.column)
        if len(self._rows) > 1:
            letters = column_name(self._names.column)
            is_run = self._rows[-1] - self._rows[0] + 1 == len(self._rows)
            fill = f"then fill {letters}{self._rows[0]} down to {letters}{self._rows[-1]}"
            advice += f", {fill}" if is_run else ", in all the rows"
        return Slip(name.value, explanation, advice, formula)

    # --- names ---

    def _label(self, reference: Reference) -> str | None:
        return self._names.spot(reference).label

    def _role(self, reference: Reference) -> Role | None:
        return self._names.role(self._label(reference))

    def _name_of(self, old: Reference, new: Reference) -> SlipName:
        """What it is called that one reference stands where another belongs."""
        wrong, right = self._names.spot(old), self._names.spot(new)
        if right.label == LEARNING_RATE:
            return SlipName.LOOSE_RATE if self._is_loose(old, new) else SlipName.OTHER_RATE
        if self._same_column(old, new):
            return self._name_of_row(old, wrong.shift)
        if wrong.label is None or right.label is None:
            return SlipName.OTHER_COLUMN
        if wrong.label == right.label[2:] and right.label.startswith("a_"):
            return SlipName.NET_FOR_ACTIVATION
        role = self._role(new)
        if role is Role.NET and self._role(old) is Role.ACTIVATION:
            return SlipName.ACTIVATION_FOR_NET
        if role is None or role is not self._role(old):
            return SlipName.OTHER_COLUMN
        return SlipName.OTHER_UPDATED if role is Role.PARAMETER and self._names.is_update else _SAME_ROLE[role]

    def _name_of_row(self, old: Reference, shift: int | None) -> SlipName:
        if old.row.anchored:
            return SlipName.FROZEN
        is_early = shift is not None and shift > 0 and self._role(old) is Role.PARAMETER
        return SlipName.TOO_EARLY if is_early and not self._names.is_update else SlipName.OTHER_ROW

    def _same_column(self, old: Reference, new: Reference) -> bool:
        column = self._names.column
        return old.sheet == new.sheet and old.column.at(column) == new.column.at(column)

    def _is_loose(self, old: Reference, new: Reference) -> bool:
        """Whether a reference is that of the learning rate, filled from where it was typed without a `$`."""
        if old.row.anchored and old.column.anchored:
            return False
        rows = {old.row.at(self._names.row), old.row.at(self._first_row + 1)}
        same_row, same_column = new.row.number in rows, self._same_column(old, new)
        return (same_row and same_column) or (same_row and not old.column.anchored and old.row.anchored)

    # --- sentences ---

    def _why(self, name: SlipName, found: Substitution) -> str:
        old, new = found.pairs[0]
        word = self._names.word(old)
        match name:
            case SlipName.LOOSE_RATE:
                return self._drift(old)
            case SlipName.OTHER_RATE:
                return f"takes {word} for the learning rate; the other updates take {self._names.cell(new)}"
            case SlipName.FROZEN:
                cell = self._names.cell(old)
                return f"reads {cell}, which the $ holds in its row; {self._names.word(new)} moves with the formula"
            case SlipName.TOO_EARLY:
                return f"uses {word}, which is updated already; a gradient is taken at the weights of its own row"
            case SlipName.OTHER_ROW:
                before = " of the row before" if self._names.is_update else " of the same row"
                return f"uses {word}; {self._names.word(new)}{before} belongs there"
        wrong, right = self._fragments(found)
        because = self._because(self._reason(new)) if len(found.pairs) == 1 else ""
        return f"uses {wrong}{because or f'; {right} belongs there'}"

    def _drift(self, old: Reference) -> str:
        cell = self._names.cell(old)
        if old.row.anchored:
            return f"takes the learning rate from {cell}, whose column has no $: copied to the side, it drifts"
        steps = ", ".join(_at(self._names, old, self._names.row + k) for k in range(2))
        return f"takes the learning rate from {cell}, whose row has no $: filled down, it drifts ({steps}, …)"

    def _because(self, sentence: str | None) -> str:
        return f"; {sentence}" if sentence else ""

    def _reason(self, new: Reference) -> str | None:
        label = self._label(new)
        if label is None or self._mathematics is None:
            return None
        return self._mathematics.reason(self._names.name, label)

    def _rule(self) -> str | None:
        return self._mathematics.rule(self._names.name) if self._mathematics is not None else None

    def _short(self, node: Node) -> str:
        """A node in the words of the table; as it is typed where that is long."""
        words = self._names.words(bare(node))
        return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"

    def _fragments(self, found: Substitution) -> tuple[str, str]:
        """The factors with a wrong reference, before and after; the reference alone where they are long."""
        nodes = _factors_with(self._tree, set(found.changes))
        before = "·".join(self._names.words(node) for node in nodes)
        after = "·".join(self._names.words(replaced(node, found.changes)) for node in nodes)
        if len(before) <= _LONGEST:
            return before, after
        old, new = found.pairs[0]
        return self._names.word(old), self._names.word(new)

    # --- advice ---

    def _replacements(self, found: Substitution) -> str:
        cells = [(self._names.cell(old), self._names.cell(new)) for old, new in found.pairs]
        if len(cells) == 2 and cells[0] == cells[1][::-1]:
            return f"exchange {self._which(found, 0)} and {self._which(found, 1)}"
        texts = [f"{self._which(found, k)} by {new}" for k, (_, new) in enumerate(cells)]
        leaves = leaves_of(self._tree)
        many = found.everywhere and any(len(leaves[old]) > 1 for old, _ in found.pairs)
        return f"replace {' and '.join(texts)}{' everywhere in the formula' if many else ''}"

    def _which(self, found: Substitution, k: int) -> str:
        """The address of the k-th wrong reference, counted where the formula has it more often."""
        old = found.pairs[k][0]
        places = leaves_of(self._tree)[old]
        changed = [number for number, node in enumerate(places) if node in found.changes]
        cell = self._names.cell(old)
        if len(changed) == len(places):
            return cell
        counted = [_ORDINALS[n] if n < len(_ORDINALS) else f"{n + 1}th" for n in changed]
        return f"the {', '.join(counted[:-1])}{' and ' if counted[1:] else ''}{counted[-1]} {cell}"


def _at(names: Names, reference: Reference, row: int) -> str:
    return f"{column_name(reference.column.at(names.column))}{reference.row.at(row)}"


def _factors_with(tree: Node, changed: set[Node]) -> list[Node]:
    """The smallest part of a formula with all changed nodes in it; of a product, the factors with any."""
    node = tree
    while node not in changed:
        holding = [part for part in node.parts if changed & set(part.walk())]
        if len(holding) != 1:
            break
        node = holding[0]
    return [factor for factor in _factors(node) if changed & set(factor.walk())]


def _factors(node: Node) -> list[Node]:
    if node.form is Form.BINARY and node.name == "*":
        return [*_factors(node.parts[0]), *_factors(node.parts[1])]
    return [node]
