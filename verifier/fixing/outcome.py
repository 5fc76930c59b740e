"""What came of mending a workbook, as plain data and in one sentence."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from verifier.findings import Finding, Status, WorkbookResult
from verifier.fixing.pasted import Pasted
from verifier.fixing.plan import Left


@dataclass(frozen=True)
class FixResult:
    """A mended copy: the faults that are `mended` in it, those that are `left`, and the verdict on it.

    `cells` counts the cells that hold something else now, `refreshed` those whose formula stayed and whose value is a
    new one; `pasted` are numbers that are of before. Where nothing can be mended no copy is written, and `verdict` is
    None.
    """

    output: Path
    mended: tuple[Finding, ...]
    left: tuple[Left, ...]
    cells: int
    refreshed: int
    verdict: WorkbookResult | None
    pasted: tuple[Pasted, ...] = ()

    @property
    def summary(self) -> str:
        """The outcome in one line, without what is left: `wrote OUT.xlsx: 2 formulas in 136 cells replaced; …`."""
        if self.verdict is None:
            return f"{self.output} is not written: {'nothing in it can be fixed' if self.left else 'nothing is wrong'}"
        return f"wrote {self.output}: {self._replaced()}; {_verdict(self.verdict)}"

    def named(self) -> Iterator[tuple[str, str, str]]:
        """What the copy still has that is wrong, or may be: the sheet, the cells, and why they are as they were."""
        yield from ((left.finding.sheet, left.finding.cells, left.reason) for left in self.left)
        known = {(left.finding.sheet, left.finding.cells) for left in self.left}
        for fault in self.verdict.faults if self.verdict is not None else ():
            if (fault.sheet, fault.cells) not in known:
                yield fault.sheet, fault.cells, f"it is wrong in the copy too: {fault.message}"
        yield from ((pasted.sheet, pasted.cells, pasted.reason) for pasted in self.pasted)

    def _replaced(self) -> str:
        formulas = [fault for fault in self.mended if str(fault.repairs[0].content).startswith("=")]
        texts = [fault for fault in self.mended if fault not in formulas and isinstance(fault.repairs[0].content, str)]
        numbers = len(self.mended) - len(formulas) - len(texts)
        parts = [f"{_count(len(formulas), 'formula')} in {_count(_cells(formulas), 'cell')}"] if formulas else []
        parts += [_count(number, noun) for number, noun in ((len(texts), "label"), (numbers, "number")) if number]
        replaced = f"{', '.join(parts)} replaced" if parts else ""
        old = "" if parts else f"{_count(self.refreshed, 'old value')} brought up to date"
        return replaced + old


def _cells(faults: Sequence[Finding]) -> int:
    return len({(repair.sheet, repair.row, repair.column) for fault in faults for repair in fault.repairs})


def _verdict(verdict: WorkbookResult) -> str:
    match verdict.status:
        case Status.RIGHT:
            return "it verifies"
        case Status.FAULTS:
            return f"{_count(len(verdict.faults), 'fault')} left"
        case _:
            return f"not all of it can be checked{f': {verdict.problem}' if verdict.problem else ''}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
