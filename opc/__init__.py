"""Files and packages, written whole: what the generator and the verifier share of writing, below both of them.

Named for the Open Packaging Conventions (ECMA-376 part 2), by which a workbook is packed. It knows nothing of sheets.
"""
