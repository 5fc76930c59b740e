"""The validators of Open XML: what each finds in a workbook that its schemas do not allow.

Two that share no code: `openxml-audit`, in Python, and Microsoft's Open XML SDK as one program, `ooxml-validator`,
which npm installs. The SDK sees more (an attribute that no schema has, a format that is not there), but it is not on
every machine.
"""

import json
import shutil
import subprocess
from functools import cache
from pathlib import Path

from openxml_audit import FileFormat, OpenXmlValidator

SDK = "ooxml-validator"


def complaints(workbook: Path) -> list[str]:
    """What any validator finds that is installed here."""
    return by_audit(workbook) + ([] if sdk_missing() else by_sdk(workbook))


def by_audit(workbook: Path) -> list[str]:
    """What `openxml-audit` finds: a line each, with its part and place."""
    return [str(error) for error in _audit().validate(workbook).errors]


@cache
def _audit() -> OpenXmlValidator:
    """Made once: it reads its schemas as it meets them, and keeps them."""
    return OpenXmlValidator(FileFormat.MICROSOFT_365)


def by_sdk(workbook: Path) -> list[str]:
    """What the Open XML SDK finds: a line each, with its part and place."""
    done = subprocess.run([SDK, str(workbook)], capture_output=True, encoding="utf-8", check=False, timeout=600)
    verdict = json.loads(done.stdout)
    assert verdict["ok"] == (verdict["errors"] == [])
    return [f"{error['path']} {error['xPath']}: {error['description']}" for error in verdict["errors"]]


def sdk_missing() -> bool:
    """Whether the SDK's program is not installed here."""
    return shutil.which(SDK) is None
