"""LibreOffice loads a workbook and recalculates all of it; prints the wall seconds of both as JSON.

Runs by itself under the Python that has LibreOffice's bridge (UNO), usually the system's own:

    /usr/bin/python3 benchmarks/office_recalculation.py WORKBOOK PROFILE

PROFILE is the folder of LibreOffice's settings, made where there is none; a second run starts faster with it.
"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time
import uuid
from contextlib import suppress
from typing import Any

import uno  # type: ignore[import-not-found]  # comes with LibreOffice
from com.sun.star.beans import PropertyValue  # type: ignore[import-not-found]
from com.sun.star.lang import DisposedException  # type: ignore[import-not-found]

PATIENCE = 60.0  # seconds for LibreOffice to start


def main(workbook: str, profile: str) -> None:
    """Start LibreOffice, measure it, and end it."""
    pipe = f"benchmark{uuid.uuid4().hex}"
    # In a session of its own, so that ending it in trouble ends its helpers and nothing else.
    process = subprocess.Popen(
        ["soffice", f"-env:UserInstallation={_url(profile)}", "--headless", "--norestore", "--nologo",
         f"--accept=pipe,name={pipe};urp;"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        desktop = _connected(pipe)
        print(json.dumps(_measured(desktop, workbook)))
        with suppress(DisposedException):  # it may be gone before it can answer
            desktop.terminate()
        process.wait(PATIENCE)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _measured(desktop: Any, workbook: str) -> dict[str, float]:
    hidden = PropertyValue()
    hidden.Name, hidden.Value = "Hidden", True
    begin = time.perf_counter()
    document = desktop.loadComponentFromURL(_url(workbook), "_blank", 0, (hidden,))
    loaded = time.perf_counter()
    document.calculateAll()  # hard: every formula, not only those that something has changed for
    done = time.perf_counter()
    document.close(True)
    return {"load": loaded - begin, "recalculate": done - loaded}


def _connected(pipe: str) -> Any:
    """LibreOffice's desktop, once it answers."""
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    end = time.monotonic() + PATIENCE
    while True:
        try:
            context = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
            return context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
        except Exception:  # UNO's own exception, until LibreOffice listens
            if time.monotonic() > end:
                raise
            time.sleep(0.02)


def _url(path: str) -> str:
    return pathlib.Path(path).resolve().as_uri()


if __name__ == "__main__":
    main(*sys.argv[1:])
