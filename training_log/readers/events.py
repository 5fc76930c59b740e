"""TensorBoard's event files, read by TensorBoard itself, which is imported only then.

The scalars of all tags. Where one of them is the epoch, as Lightning logs it, the rows count epochs, else steps.
"""

from training_log.log import Log, LogError
from training_log.readers.source import Source
from training_log.rows import Rows

MARK = b"brain.Event:"  # the version of the format, in the first record
ALL = {"scalars": 0, "tensors": 0}
MISSING = "TensorBoard's event files need the library that reads them: pip install 'backprop-sheets[tensorboard]'"


def is_events(content: bytes) -> bool:
    """Whether a file has events."""
    return MARK in content[:100]


def read_events(source: Source) -> Log:
    """The scalars of a file of events. Raises LogError."""
    try:
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
        from tensorboard.util.tensor_util import make_ndarray
    except ModuleNotFoundError:
        raise LogError(f"{source.path}: {MISSING}") from None
    events = EventAccumulator(str(source.path), size_guidance=ALL)
    try:
        events.Reload()
        points = {tag: [(one.step, one.value) for one in events.Scalars(tag)] for tag in events.Tags()["scalars"]}
        for tag in events.Tags()["tensors"]:  # as TensorFlow 2 and Keras write scalars
            arrays = [(one.step, make_ndarray(one.tensor_proto)) for one in events.Tensors(tag)]
            if arrays and all(array.size == 1 and array.dtype.kind in "fiu" for _, array in arrays):
                points[tag] = [(step, float(array)) for step, array in arrays]
    except Exception as error:  # what is in a file from elsewhere may be anything
        raise LogError(f"{source.path} cannot be read as events: {error}") from None
    return _log(source, points)


def _log(source: Source, points: dict[str, list[tuple[int, float]]]) -> Log:
    epochs = dict(points.pop("epoch", []))
    rows = Rows(str(source.path), "epoch" if epochs else "step")
    by_step: dict[int, dict[str, object]] = {}
    for tag, values in points.items():
        for step, value in values:
            by_step.setdefault(step, {})[tag] = value
    last = 0.0
    for number, step in enumerate(sorted(by_step), 1):
        last = epochs.get(step, last)
        rows.add(last if epochs else step, by_step[step], number)
    return rows.log(source.run, source.name, {})
