"""What is fast: the commands measured side by side with what one would use instead. Run one with `python -m`."""
