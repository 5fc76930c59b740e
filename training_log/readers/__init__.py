"""Training logs read back, whatever wrote them: the kind of a file is told by its content, not by its name.

`read_log` takes our own record, Lightning's `metrics.csv`, Keras' CSVLogger and the JSON of its History, Hugging Face's
`trainer_state.json`, TensorBoard's event files, any CSV or JSON lines with a column for the epoch, printed logs of
PyTorch's MNIST example and of Keras' progress bars, and notebooks with such a log in the output of their cells.
"""

from training_log.readers.reading import read_log

__all__ = ["read_log"]
