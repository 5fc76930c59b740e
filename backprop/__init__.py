"""The command line: thin commands over `templates`, `sheetgen` and `verifier`."""
