"""What each part of a package is: the part [Content_Types].xml (ECMA-376 part 2, §7.2.3).

A part's type is the one given for its name, or else the one given for the ending of its name.
"""

from lxml import etree

from sheetgen.insertion.ooxml import TYPES, elements, local_name
from sheetgen.insertion.package import CONTENT_TYPES, Package, part_key


class ContentTypes:
    """The content types of a package, to be looked up and changed; `save` gives the changes to the package."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._root = package.xml(CONTENT_TYPES)
        self._changed = False
        self._by_part: dict[str, etree._Element] = {}
        self._by_ending: dict[str, etree._Element] = {}
        for element in elements(self._root):
            if local_name(element) == "Override":
                self._by_part[part_key(element.get("PartName", ""))] = element
            else:
                self._by_ending[element.get("Extension", "").lower()] = element

    def of(self, part: str) -> str:
        """The type of a part, or an empty text where none is given."""
        given = self._by_part.get(part_key(part), self._by_ending.get(_ending(part)))
        return "" if given is None else given.get("ContentType", "")

    def parts(self, content_type: str) -> list[str]:
        """The parts that are there and have this type."""
        return [part for part in self._package.parts() if self.of(part) == content_type]

    def add(self, part: str, content_type: str) -> None:
        """Say what a new part is: by its ending, if that is no XML and nothing is said of it, or by its name."""
        if self.of(part) == content_type:
            return
        ending, own = _ending(part), self._by_part.get(part_key(part))
        if own is not None:  # of a part that was not there
            own.set("ContentType", content_type)
        elif ending in self._by_ending or ending == "xml":
            made = self._root.makeelement(f"{{{TYPES}}}Override", PartName=f"/{part}", ContentType=content_type)
            self._root.append(made)
            self._by_part[part_key(part)] = made
        else:
            made = self._root.makeelement(f"{{{TYPES}}}Default", Extension=ending, ContentType=content_type)
            self._root.insert(0, made)
            self._by_ending[ending] = made
        self._changed = True

    def remove(self, part: str) -> None:
        """Say nothing any more of a part that is no longer there."""
        own = self._by_part.pop(part_key(part), None)
        if own is not None:
            self._root.remove(own)
            self._changed = True

    def save(self) -> None:
        """Write the changes, if there are any."""
        if self._changed:
            self._package.put_xml(CONTENT_TYPES, self._root)


def _ending(part: str) -> str:
    return part.rpartition(".")[2].lower()
