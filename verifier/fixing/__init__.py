"""A copy of somebody's workbook in which what is wrong is mended, and nothing else is changed.

from verifier import verify
from verifier.fixing import write_fixed

print(write_fixed("homework.xlsx", verify("homework.xlsx"), "mended.xlsx").summary)
"""

from verifier.fixing.fix import write_fixed
from verifier.fixing.outcome import FixResult
from verifier.fixing.pasted import Pasted
from verifier.fixing.plan import Left
from verifier.fixing.refusals import FixError

__all__ = ["FixError", "FixResult", "Left", "Pasted", "write_fixed"]
