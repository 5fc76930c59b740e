"""Training logs as sheets of a workbook: logged by a script, or read from what another library wrote.

    from training_log import SheetLogger, read_log

`SheetLogger` needs neither PyTorch nor NumPy. For Lightning, Keras and Hugging Face there are `training_log.lightning`,
`training_log.keras` and `training_log.transformers`, imported only when they are used.
"""

from training_log.log import Log, LogError
from training_log.logger import SheetLogger
from training_log.readers import read_log

__all__ = ["Log", "LogError", "SheetLogger", "read_log"]
