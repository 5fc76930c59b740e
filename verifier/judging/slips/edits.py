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
    table, the other as they are typed. An edit without a name puts references in the place of others, and is called by
    what these mean.
    """

    changes: Mapping[Node, Node]
    name: SlipName | None = None
    nodes: tuple[Node, ...] = ()
    explanation: str = ""
    advice: str = ""

    @property
    def pairs(self) -> tuple[tuple[Reference, Reference], ...]:
        """The references that give way, each with the one that takes its place."""
        both = ((old.reference, new.reference) for old, new in self.changes.items())
        return tuple(dict.fromkeys((old, new) for old, new in both if old is not None and new is not None))

    @property
    def is_exchange(self) -> bool:
        """Whether two references or more take each other's place."""
        return len(self.pairs) > 1 and {old for old, _ in self.pairs} == {new for _, new in self.pairs}
