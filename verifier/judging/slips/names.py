"""What the cells that a formula refers to are called, and what they hold."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from verifier.judging.slips.slip_names import SlipName
from verifier.judging.slips.tree import Form, Node, bare
from verifier.reading.references import Reference, address


class Role(StrEnum):
    """What a cell of a training holds."""

    INPUT = "input"
    TARGET = "target"
    PARAMETER = "parameter"
    NET = "net input"
    ACTIVATION = "activation"
    LOSS = "loss"
    DELTA = "delta"
    GRADIENT = "gradient"
    RATE = "learning rate"


@dataclass(frozen=True)
class Spot:
    """What a reference means in a formula: what its cell is called, and what it holds; None where that is not known."""

    label: str | None
    role: Role | None


class Names(ABC):
    """The names of the cells that one formula refers to; `name` is its own, in `row` and `column`.

    `is_update` tells that the formula is the update of a parameter.
    """

    def __init__(self, name: str, row: int, column: int, *, is_update: bool) -> None:
        self.name, self.row, self.column, self.is_update = name, row, column, is_update

    # --- what is known of the cells ---

    rate: Reference | None  # the learning rate's cell as it is referred to, with both `$`; None where no cell holds it

    by: Reference | None = None  # what the formula should be the derivative by, where that is known

    @property
    @abstractmethod
    def readable(self) -> Sequence[Reference]:
        """What the formula may read, the likely ones first."""

    @property
    def siblings(self) -> Sequence[Node]:
        """Right formulas of other cells, as they would be written in this one."""
        return ()

    @abstractmethod
    def spot(self, reference: Reference) -> Spot:
        """What a reference means here."""

    @abstractmethod
    def like(self, reference: Reference, old: Reference) -> Sequence[Reference]:
        """A reference in the forms in which it may stand in the place of another one."""

    @abstractmethod
    def word(self, reference: Reference) -> str:
        """A reference in the words of the sheet, or its address."""

    def right_word(self, reference: Reference) -> str:
        """The same for what belongs there, with the row that it belongs to."""
        return self.word(reference)

    @abstractmethod
    def is_same(self, old: Reference, new: Reference) -> bool:
        """Whether two references are to one thing, in different rows."""

    @abstractmethod
    def is_too_late(self, old: Reference, new: Reference) -> bool:
        """Whether one of two references is to a parameter after its update, the other one before."""

    @abstractmethod
    def is_activation(self, one: Reference, net: Reference) -> bool:
        """Whether a reference is to the activation of a net input."""

    @abstractmethod
    def elsewhere(self, old: Reference, new: Reference) -> SlipName:
        """What it is called that the one stands where the other belongs, and neither says more."""

    def reason(self, _: Reference) -> str | None:
        """Why a reference belongs into the formula; None where there is no telling."""
        return None

    def rule(self, _: Node) -> str | None:
        """What the formula should be, in a sentence, where a right one is known; None where that says nothing."""
        return None

    # --- in words ---

    def cell(self, reference: Reference) -> str:
        """The address of a reference, as it is typed."""
        return address(reference, self.row, self.column)

    def words(self, node: Node) -> str:
        """A part of a formula in the words of the sheet, as in `a_h1·(1−a_h1)`."""
        if node.reference is not None:
            return self.word(node.reference)
        parts = [self.words(_without_needless_parentheses(part, node)) for part in node.parts]
        if node.form is Form.BINARY and node.name == "^" and parts[1] == "2":
            return f"{parts[0]}²"
        if node.form is Form.BINARY:
            return {"*": "·", "-": "−"}.get(node.name, node.name).join(parts)
        if node.form is Form.GROUP:
            return parts[0] if bare(node).form is Form.REFERENCE else f"({parts[0]})"
        if node.form is Form.CALL:
            return f"{node.name}({', '.join(parts)})"
        if node.form is Form.PERCENT:
            return f"{parts[0]}%"
        return f"{'−' if node.name == '-' else node.name}{''.join(parts)}"

    def typed(self, node: Node) -> str:
        """A part of a formula as it is typed in the cell."""
        return node.text(self.cell).strip()


def _without_needless_parentheses(part: Node, around: Node) -> Node:
    """A product that stands in parentheses within a product or a sum, without them."""
    inner = bare(part)
    is_product = inner.form is Form.BINARY and inner.name == "*"
    return inner if is_product and around.form is Form.BINARY and around.name in "*+-" else part
