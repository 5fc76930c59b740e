"""An edit of a formula: which parts of its tree give way to which, and how it is told."""

from collections.abc import Mapping
from dataclasses import dataclass

from verifier.judging.slips.slip_names import SlipName
from verifier.judging.slips.tree import Node
from verifier.reading.references import Reference


@dataclass(frozen=True)
class Edit:
    """Other nodes in the place of some.

    `explanation` and `advice` are told with the `nodes` in the place of `{0}`, `{1}`, …: the one in the words of the
    table, the other as they are typed.
    """

    name: SlipName
    changes: Mapping[Node, Node]
    nodes: tuple[Node, ...]
    explanation: str
    advice: str


@dataclass(frozen=True)
class Substitution:
    """References in the place of others; `everywhere` says whether it is wherever the formula has them."""

    pairs: tuple[tuple[Reference, Reference], ...]
    changes: Mapping[Node, Node]
    everywhere: bool

    @property
    def is_exchange(self) -> bool:
        """Whether two references or more take each other's place."""
        return len(self.pairs) > 1 and {old for old, _ in self.pairs} == {new for _, new in self.pairs}
