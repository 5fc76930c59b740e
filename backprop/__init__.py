"""The command line: thin commands over `templates`, `sheetgen`, `torch_models` and `verifier`."""
