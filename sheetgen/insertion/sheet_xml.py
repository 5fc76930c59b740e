"""A sheet that XlsxWriter wrote, as XML whose formats, texts and formulas can be changed.

The rows stay text until the sheet is written again, and even then only some of them at a time are a tree, which takes
a kilobyte a cell. They are found by their tags (ECMA-376 part 1, §18.3.1.80), as XlsxWriter writes no comments and no
CDATA that could look like tags.
"""

from collections.abc import Callable, Iterator

from lxml import etree

from sheetgen.insertion.ooxml import main, parse, serialise

BEGIN, END, NO_ROWS, ROW_END = b"<sheetData>", b"</sheetData>", b"<sheetData/>", b"</row>"
BLOCK = 1 << 17  # bytes, roughly, of the rows that are a tree at a time

Change = Callable[[etree._Element], None]  # is given a tree, and changes its elements in place


class SheetXml:
    """A sheet: `root` is the tree of all but its rows."""

    def __init__(self, content: bytes) -> None:
        before, begin, rest = content.partition(BEGIN)
        self._rows, _, after = rest.rpartition(END)
        self.root = parse(before + NO_ROWS + after if begin else content)
        alone = etree.tostring(next(self.root.iter(main("sheetData"))), with_tail=False)
        self._head = alone.removesuffix(b"/>") + b">"  # with the namespaces, so that rows can be parsed alone
        self._changes: list[Change] = []

    def change(self, change: Change) -> None:
        """Change `root` now, and the rows whenever they are read."""
        change(self.root)
        self._changes.append(change)

    def row_trees(self) -> Iterator[etree._Element]:
        """The rows with all changes: `sheetData` elements that have some of them each."""
        begin = 0
        while begin < len(self._rows):
            found = self._rows.find(ROW_END, begin + BLOCK)
            end = len(self._rows) if found < 0 else found + len(ROW_END)
            tree = parse(self._head + self._rows[begin:end] + END)
            for change in self._changes:
                change(tree)
            yield tree
            begin = end

    def serialise(self) -> bytes:
        """The whole part."""
        before, empty, after = serialise(self.root).partition(NO_ROWS)
        if not self._rows:
            return before + empty + after
        texts = (etree.tostring(tree, encoding="UTF-8") for tree in self.row_trees())
        rows = (text.partition(b">")[2].removesuffix(END) for text in texts)
        return b"".join([before, BEGIN, *rows, END, after])
