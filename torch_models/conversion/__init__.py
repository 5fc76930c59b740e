"""A module of PyTorch, its loss and its optimizer, as the template of a workbook that trains the same."""
