"""Telling a slip: its name, a sentence in the words of the sheet, and what to type where."""

from collections.abc import Sequence

from verifier.findings import Slip
from verifier.judging.slips.edits import Edit
from verifier.judging.slips.names import Names, Role
from verifier.judging.slips.slip_names import SlipName
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
    """Tells the slips of one formula; it stands in the cells `places`, rows and columns, the first that of `names`."""

    def __init__(self, names: Names, tree: Node, places: Sequence[tuple[int, int]]) -> None:
        self._names = names
        self._tree = tree
        self._places = places

    def slip(self, edit: Edit) -> Slip:
        """The slip that an edit repairs."""
        if edit.name is None:
            return self._substitution(edit)
        words = [self._short(node) for node in edit.nodes]
        typed = [self._names.typed(node) for node in edit.nodes]
        explanation = f"{self._names.name} {edit.explanation.format(*words)}"
        return self._slip(edit.name, explanation, edit.advice.format(*typed), replaced(self._tree, edit.changes))

    def other_formula(self, name: SlipName, other: str, right: Node) -> Slip:
        """The formula of another column."""
        how = "has the formula of" if name is SlipName.OTHER_FORMULA else "has, moved along, the formula of"
        explanation = f"{self._names.name} {how} {other}{self._because(self._names.rule(right))}"
        return self._slip(name, explanation, f"write ={self._names.typed(right)}", right)

    def other_activation(self, found: str, right: Node) -> Slip:
        """Another function of the right net input."""
        because = self._because(self._names.rule(right))
        explanation = f"{self._names.name} is computed as {found}{because}"
        return self._slip(SlipName.OTHER_ACTIVATION, explanation, f"write ={self._names.typed(right)}", right)

    def _substitution(self, found: Edit) -> Slip:
        """The slip that other references repair."""
        kinds = {self._name_of(old, new) for old, new in found.pairs}
        if found.is_exchange:
            weights = all(self._role(old) is Role.PARAMETER for old, _ in found.pairs)
            name = SlipName.TRANSPOSED if weights else SlipName.EXCHANGED
            one, other = (self._names.word(old) for old, _ in found.pairs[:2])
            why = f"has {one} and {other} swapped{self._because(self._reason(found))}"
        else:
            name = kinds.pop() if len(kinds) == 1 else SlipName.SEVERAL
            why = self._why(name, found)
        explanation = f"{self._names.name} {why}"
        return self._slip(name, explanation, self._replacements(found), replaced(self._tree, found.changes))

    def _slip(self, name: SlipName, explanation: str, advice: str, tree: Node) -> Slip:
        formula = tree.pattern().text(self._names.row, self._names.column)
        return Slip(name.value, explanation, f"{advice}{self._filled()}", formula)

    def _filled(self) -> str:
        """What to do in the other cells."""
        (row, column), (last_row, last_column) = self._places[0], self._places[-1]
        count = len(self._places)
        if count == 1:
            return ""
        ends = f"{column_name(column)}{row}", f"{column_name(last_column)}{last_row}"
        if len({place[1] for place in self._places}) == 1:
            return f", then fill {ends[0]} down to {ends[1]}" if last_row - row + 1 == count else ", in all the rows"
        is_line = row == last_row and last_column - column + 1 == count
        return f", then fill {ends[0]} to the right, as far as {ends[1]}" if is_line else ", in all the cells"

    # --- names ---

    def _role(self, reference: Reference) -> Role | None:
        return self._names.spot(reference).role

    def _name_of(self, old: Reference, new: Reference) -> SlipName:
        """What it is called that one reference stands where another belongs."""
        names, was, role = self._names, self._role(old), self._role(new)
        if role is Role.RATE:
            return SlipName.LOOSE_RATE if self._is_loose(old, new) else SlipName.OTHER_RATE
        if names.is_too_late(old, new):
            return SlipName.TOO_EARLY
        if names.is_same(old, new):
            return SlipName.FROZEN if old.row.anchored else SlipName.OTHER_ROW
        if names.is_activation(new, old):
            return SlipName.NET_FOR_ACTIVATION
        if role is Role.NET and was is Role.ACTIVATION:
            return SlipName.ACTIVATION_FOR_NET
        if role is None or role is not was:
            return names.elsewhere(old, new)
        return SlipName.OTHER_UPDATED if role is Role.PARAMETER and names.is_update else _SAME_ROLE[role]

    def _is_loose(self, old: Reference, new: Reference) -> bool:
        """Whether a reference is that of the learning rate, filled from where it was typed without a `$`."""
        if old.row.anchored and old.column.anchored:
            return False
        row, column = self._names.row, self._names.column
        same_row = not old.row.anchored or old.row.at(row) == new.row.at(row)
        same_column = not old.column.anchored or old.column.at(column) == new.column.at(column)
        return old.sheet == new.sheet and same_row and same_column

    # --- sentences ---

    def _why(self, name: SlipName, found: Edit) -> str:
        old, new = found.pairs[0]
        word = self._names.word(old)
        match name:
            case SlipName.LOOSE_RATE:
                return self._drift(old)
            case SlipName.OTHER_RATE:
                return f"takes {word} as the learning rate; the other updates use {self._names.cell(new)}"
            case SlipName.FROZEN:
                cell = self._names.cell(old)
                return f"reads {cell}, which the $ holds in its row; {self._names.word(new)} moves with the formula"
            case SlipName.TOO_EARLY:
                return f"uses {word}, which is already updated; a gradient uses the weights of its own row"
            case SlipName.OTHER_ROW:
                return f"uses {word}; {self._names.right_word(new)} belongs there"
        wrong, right = self._fragments(found)
        because = self._because(self._reason(found)) if len(found.pairs) == 1 else ""
        return f"uses {wrong}{because or f'; {right} belongs there'}"

    def _reason(self, found: Edit) -> str | None:
        """Why the reference that was not there belongs into the formula, or what that should be."""
        return self._names.reason(found.pairs[0][1]) or self._names.rule(replaced(self._tree, found.changes))

    def _drift(self, old: Reference) -> str:
        cell = self._names.cell(old)
        if old.row.anchored:
            return f"takes the learning rate from {cell}, whose column has no $: copied to the side, it drifts"
        steps = ", ".join(_at(self._names, old, self._names.row + k) for k in range(2))
        return f"takes the learning rate from {cell}, whose row has no $: filled down, it drifts ({steps}, …)"

    def _because(self, sentence: str | None) -> str:
        return f"; {sentence}" if sentence else ""

    def _short(self, node: Node) -> str:
        """A node in the words of the sheet; as it is typed where that is long."""
        words = self._names.words(bare(node))
        return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"

    def _fragments(self, found: Edit) -> tuple[str, str]:
        """The factors with a wrong reference, before and after; the reference alone where they are long."""
        nodes = _factors_with(self._tree, set(found.changes))
        before = "·".join(self._names.words(node) for node in nodes)
        after = "·".join(self._names.words(replaced(node, found.changes)) for node in nodes)
        if len(before) <= _LONGEST:
            return before, after
        old, new = found.pairs[0]
        return self._names.word(old), self._names.word(new)

    # --- advice ---

    def _replacements(self, found: Edit) -> str:
        cells = [(self._names.cell(old), self._names.cell(new)) for old, new in found.pairs]
        if len(cells) == 2 and cells[0] == cells[1][::-1]:
            return f"swap {self._which(found, 0)} and {self._which(found, 1)}"
        texts = [f"{self._which(found, k)} with {new}" for k, (_, new) in enumerate(cells)]
        places = [node for old, _ in found.pairs for node in leaves_of(self._tree)[old]]
        many = len(found.pairs) < len(places) == len(found.changes)
        return f"replace {' and '.join(texts)}{' everywhere in the formula' if many else ''}"

    def _which(self, found: Edit, k: int) -> str:
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
