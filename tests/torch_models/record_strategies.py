"""Records of runs by chance, for hypothesis: all that can be on record, also what no run would give."""

from hypothesis import strategies as st

from torch_models.record import MOST, Epoch, Header, Layer, Mistake, Predictions, Record

NAMES = st.text(st.characters(codec="utf-8"), max_size=20)
COUNTS = st.integers(0, MOST)
MEASURES = st.floats(0, allow_infinity=False, allow_nan=False)
PARTS = st.floats(0, 1)
DIGITS = st.integers(0, 9)
SETTINGS = st.dictionaries(
    NAMES, st.one_of(NAMES, st.integers(-(2**63), 2**63 - 1), MEASURES, st.booleans(), st.none()), max_size=4
)

layers = st.builds(Layer, NAMES, st.lists(st.integers(1, 512), max_size=3).map(tuple), COUNTS)
headers = st.builds(
    Header,
    run=st.from_regex(r"[!-~][ -~é∂]{0,40}", fullmatch=True),
    model=NAMES,
    parameters=st.none() | COUNTS,
    layers=st.lists(layers, max_size=3).map(tuple),
    recipe=SETTINGS,
    seed=st.none() | st.integers(-(2**63), 2**63 - 1),
    dataset=NAMES,
    md5=st.dictionaries(NAMES, NAMES, max_size=3),
    images=st.dictionaries(NAMES, COUNTS, max_size=3),
    device=NAMES,
    threads=st.none() | st.integers(1, MOST),
    processes=st.none() | st.integers(1, MOST),
    precision=NAMES,
    versions=st.dictionaries(NAMES, NAMES, max_size=3),
    start=NAMES,
)


@st.composite
def epochs(draw: st.DrawFn, number: int) -> Epoch:
    """The epoch of a number; no more images are right than there are."""
    total = draw(st.integers(1, MOST))
    held_out = draw(st.none() | st.integers(1, MOST))
    return Epoch(
        epoch=number,
        learning_rate=draw(st.none() | MEASURES),
        train_loss=draw(st.none() | MEASURES),
        train_accuracy=draw(st.none() | PARTS),
        test_loss=draw(MEASURES),
        correct=draw(st.integers(0, total)),
        total=total,
        validation_loss=draw(st.none() | MEASURES),
        validation_correct=None if held_out is None else draw(st.integers(0, held_out)),
        validation_total=held_out,
        seconds=draw(st.none() | MEASURES),
        images_per_second=draw(st.none() | MEASURES),
    )


mistakes = st.builds(Mistake, COUNTS, DIGITS, DIGITS, PARTS, st.binary(min_size=784, max_size=784))
rows = st.lists(COUNTS, min_size=10, max_size=10).map(tuple)
predictions = st.builds(
    Predictions,
    st.integers(1, MOST),
    st.lists(rows, min_size=10, max_size=10).map(tuple),
    st.lists(mistakes, max_size=2).map(tuple),
)


@st.composite
def records(draw: st.DrawFn) -> Record:
    """Records of up to four epochs, with predictions or without."""
    count = draw(st.integers(0, 4))
    return Record(
        draw(headers),
        tuple(draw(epochs(number)) for number in range(1, count + 1)),
        draw(st.none() | predictions),
    )
