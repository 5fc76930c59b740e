"""A profile for LibreOffice in which it recalculates what it loads, and does nothing that it was not asked for.

The settings are those of its registry (`registrymodifications.xcu`), described in its source below
`officecfg/registry/schema`.
"""

from pathlib import Path

_SECURITY = "/org.openoffice.Office.Common/Security/Scripting"
_SETTINGS = (
    ("/org.openoffice.Office.Calc/Formula/Load", "OOXMLRecalcMode", "0"),  # always
    ("/org.openoffice.Office.Calc/Content/Update", "Link", "1"),  # never
    (_SECURITY, "MacroSecurityLevel", "3"),  # very high
    (_SECURITY, "DisableMacrosExecution", "true"),
    (_SECURITY, "BlockUntrustedRefererLinks", "true"),
    (_SECURITY, "CheckDocumentEvents", "true"),
    ("/org.openoffice.Office.Jobs/Jobs/org.openoffice.Office.Jobs:Job['UpdateCheck']/Arguments",
     "AutoCheckEnabled", "false"),
    ("/org.openoffice.Office.Common/Misc", "FirstRun", "false"),
    ("/org.openoffice.Office.Common/Misc", "CrashReport", "false"),
    ("/org.openoffice.Setup/L10N", "ooSetupSystemLocale", "en-US"),  # how texts are read as numbers
)  # fmt: skip
_ITEM = '<item oor:path="{path}"><prop oor:name="{name}" oor:op="fuse"><value>{value}</value></prop></item>'
_FILE = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n{items}\n</oor:items>\n'
)


def write_profile(folder: Path) -> None:
    """Write a profile into a folder that is not there yet."""
    items = "\n".join(_ITEM.format(path=path, name=name, value=value) for path, name, value in _SETTINGS)
    user = folder / "user"
    user.mkdir(parents=True)
    (user / "registrymodifications.xcu").write_text(_FILE.format(items=items), encoding="utf-8")
