"""A workbook recomputed by `formulas` as its documentation has it, all cells in one model.

python -m benchmarks.excel_model WORKBOOK
"""

import sys

import formulas

if __name__ == "__main__":
    formulas.ExcelModel().loads(sys.argv[1]).finish().calculate()
