"""The sheet that compares several runs: `write_comparison` writes it, live on the sheets of the runs."""

from training_log.comparison.sheet import write_comparison

__all__ = ["write_comparison"]
