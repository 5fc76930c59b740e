"""Formulas as functions, and the values of cells that follow from them."""
