"""The formulas of a training step as expressions, and what they come to."""
