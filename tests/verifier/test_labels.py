"""Labels: every spelling that people use means what it should, and other texts mean nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.judging.labels import is_learning_rate, meaning_of, rate_in

SPELLINGS = {
    "t1": ("t1", "T1", " t1 ", "t1  ", "t_1"),
    "i2": ("i2", "I2", "i2\n"),
    "w1": ("w1", "W1", "w1 ", "w 1", "w01"),
    "w12": ("w12", "W12"),
    "b1": ("b1", "B1"),
    "h1": ("h1", "H1", "net(h1)", "net_h1", "neth1"),
    "o1": ("o1", "O1", "net(o1)", "net_o1"),
    "a_h1": ("a_h1", "a_H1", "out_h1", "act_h1", "out(h1)", "Out_h1", "ah1", "a h1"),
    "a_o2": ("a_o2", "out_o2", "out(o2)", "act_o2"),
    "E1": ("E1", "e1", "E(o1)", "E_1", "E_o1"),
    "E_total": ("E_total", "E_tot", "E_Total", "E_TOTAL", "E_T", "Etotal", "E Total", "e_t"),
    "∂E_t/∂w1": (
        "∂E_t/∂w1", "∂E/∂w1", "∂E_total/∂w1", "∂E_t/∂W1", "δE_tot/δw1", "𝜕E_t/𝜕w1", "𝟃E/𝟃w1", "dE/dw1",
        "dE_total / dw1", "E∂w1", "Edw1", "Etotaldw1", "dw1", "E/∂w1", "∂E_t/∂w1 ", "DE/DW1",
    ),
    "∂E_t/∂w3": ("E/∂w3",),
    "∂E_t/∂b2": ("∂E_t/∂b2", "dE/db2", "∂E/∂b2"),
    "δ_h1": ("δ_h1", "δh1", "delta_h1", "δ(h1)"),
    "δ_o2": ("δ_o2", "delta o2"),
}  # fmt: skip
RATES = (
    "η", "ɳ", "ƞ", "ղ", "ͷ", "α", "LR", "LR=", "L.R", "L.R.", "lr", "eta", "learning_rate", "Learning Rate",
    "learningRate=", "LR (η) =", "learning rate(theta)", "η =", "η:",
)  # fmt: skip
OTHERS = (
    "", " ", "w", "w1w2", "E", "total", "Step", "Epoch", "No", "iteration", "a", "x1", "1", "h", "weights",
    "E_total at", "w1+", "∂", "∂w", "w1 = 0.15", "t", "ww1", "w-1", "w1.5", "Error", "dE", "δ", "=w1", "the w1",
)  # fmt: skip


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in SPELLINGS.items() for text in texts])
def test_spelling_means_its_name(name: str, text: str) -> None:
    """Each spelling that people use is the name of the vocabulary."""
    assert meaning_of(text) == name


@pytest.mark.parametrize("text", OTHERS)
def test_other_texts_are_no_labels(text: str) -> None:
    """Words, counts and sentences are no label of a column."""
    assert meaning_of(text) is None


@pytest.mark.parametrize("text", RATES)
def test_learning_rate_is_known_by_its_labels(text: str) -> None:
    """Each way to write η is a label of the learning rate, and of no column."""
    assert is_learning_rate(text)
    assert meaning_of(text) is None


@pytest.mark.parametrize("text", [*OTHERS, "w1", "E_total", "a_h1", "rate", "etaoin", "later", "Alr"])
def test_other_texts_are_no_learning_rate(text: str) -> None:
    """Words that merely contain its letters are no learning rate."""
    assert not is_learning_rate(text)


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("eta 0.1", 0.1), ("eta 1.0", 1.0), ("η=2", 2.0), ("LR 0.5", 0.5), ("lr=.5", 0.5),
        ("Learning Rate 1e-3", 0.001),
        ("eta_0.8", 0.8), ("Sheet1", None), ("eta", "η"), ("η 0.5 wrong", None), ("0.5", None), ("Compare", None),
    ],
)  # fmt: skip
def test_rate_in_a_tabs_name(text: str, rate: float | str | None) -> None:
    """The number after a label of the learning rate is the rate that a tab's name gives."""
    assert rate_in(text) == rate


@given(st.text(max_size=200))
def test_any_text_has_a_meaning_or_none(text: str) -> None:
    """Whatever a cell says, a label is read without an error, and every meaning is a label of its own."""
    meaning = meaning_of(text)
    assert meaning is None or meaning_of(meaning) == meaning
    assert rate_in(text) is None or is_learning_rate(text)


@pytest.mark.parametrize("text", ["w1" + " " * 100 + "is the first weight", "w1" + "_" * 200 + "x", "a" * 1_000_000])
def test_long_text_is_no_label(text: str) -> None:
    """A text is read to its end before it is taken for a label."""
    assert meaning_of(text) is None
