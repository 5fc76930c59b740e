"""The typical slip that a fault shows: found by repairing the formula, and told in the workbook's own names."""
