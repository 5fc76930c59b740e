"""Labels: every spelling that people use means what it should, and other texts mean nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.judging.header import names_in
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
        "∂E_t/∂w1",
        "∂E/∂w1",
        "∂E_total/∂w1",
        "∂E_t/∂W1",
        "δE_tot/δw1",
        "𝜕E_t/𝜕w1",
        "𝟃E/𝟃w1",
        "dE/dw1",
        "dE_total / dw1",
        "E∂w1",
        "Edw1",
        "Etotaldw1",
        "dw1",
        "E/∂w1",
        "∂E_t/∂w1 ",
        "DE/DW1",
    ),
    "∂E_t/∂w3": ("E/∂w3",),
    "∂E_t/∂b2": ("∂E_t/∂b2", "dE/db2", "∂E/∂b2"),
    "δ_h1": ("δ_h1", "δh1", "delta_h1", "δ(h1)"),
    "δ_o2": ("δ_o2", "delta o2", "dE/dnet_o2", "∂E/∂o2"),
    "∂E1/∂a_o1": ("∂E1/∂a_o1", "dE_o1/dout_o1", "∂E(o1)/∂out(o1)"),
    "∂a_o1/∂o1": ("∂a_o1/∂o1", "d out_o1/d net_o1"),
    "∂o1/∂w5": ("∂o1/∂w5", "∂net_o1/∂W5"),
    "∂E_t/∂a_h1": ("∂E_t/∂a_h1", "dEtotal/dout_h1", "∂E_total ⁄ ∂out(h1)"),
}
KIN = {  # look-alikes, notes and other words for the same
    "i1": ("x1", "x_1", "input 1", "I₁"),
    "t2": ("target2", "y2", "T_2", "desired 2"),
    "w1": (
        "w₁", "ｗ1", "w[1]", "w(1)", "w_{1}", "weight1", "w\u200b1", "w\u00a01", "w1\n", "W\u20091",
        "w1 (initial 0.15)", "w1: i1 to h1", "ω1",
    ),
    "b1": ("bias1", "B_1", "bias 1", "β1"),
    "h1": ("z_h1", "in_h1", "h1 (net)", "net h₁", "h1 = w1*i1+w2*i2", "н1"),
    "a_h1": ("σ(h1)", "sigmoid(h1)", "h1_out", "act h1", "а_h1", "a_h1 = σ(h1)", "h_out1"),
    "a_o1": ("ŷ1", "y_pred1", "output1"),
    "E1": ("error1", "Е1", "E1 = ½(t1-a_o1)²", "loss 1"),
    "E_total": ("Total Error", "Loss", "ΣE", "∑ E", "E_tot (sum)", "error total", "Cost"),
    "∂E_t/∂w1": (
        "∇w1", "gw1", "grad_w1", "dEt/dw1", "dL/dW1", "∆E/∆w1", "ΔE/Δw1", "д E/д w1", "δE_tot÷δw1", "∂E⁄∂w1", "∂E∕∂w1",
        r"$\partial E/\partial w_1$", "dE_dw1", "gradient of w1", "∂E/∂w₁",
    ),
}  # fmt: skip
HEADERS = {
    "net and bare": ("t1 i1 net_h1 h1 net_o1 o1 ∂E/∂h1", "t1 i1 h1 a_h1 o1 a_o1 ∂E_t/∂a_h1"),
    "one unit": ("x1 x2 y w1 w2 b z a E dw1 dw2 db", "i1 i2 t1 w1 w2 b1 o1 a_o1 E_total ∂E_t/∂w1 ∂E_t/∂w2 ∂E_t/∂b1"),
    "numbered through": ("y1 y2 z1 a1 z2 a2 z3 a3 δ3 J", "t1 t2 h1 a_h1 o1 a_o1 o2 a_o2 δ_o2 E_total"),
    "outputs": ("t1 t2 y1 y2 net_h1 out_h1", "t1 t2 a_o1 a_o2 h1 a_h1"),
    "counts": ("i x1 x2 t y1 w1", "- i1 i2 - t1 w1"),
    "loss of one output": ("E1 E2 ∂E1/∂w5 ∂E1/∂w1 ∂E2/∂w1", "E1 E2 ∂E_t/∂w5 ∂E1/∂w1 ∂E2/∂w1"),
    "error and total": ("E1 E E_total", "E1 - E_total"),
}  # fmt: skip
RATES = (
    "η", "ɳ", "ƞ", "ղ", "ͷ", "α", "LR", "LR=", "L.R", "L.R.", "lr", "eta", "learning_rate", "Learning Rate",
    "learningRate=", "LR (η) =", "learning rate(theta)", "η =", "η:",
)  # fmt: skip
OTHERS = (
    "", " ", "w", "w1w2", "E", "total", "Step", "Epoch", "No", "iteration", "a", "x", "1", "h", "weights",
    "E_total at", "w1+", "∂", "∂w", "w1 = 0.15", "t", "ww1", "w-1", "w1.5", "w1(2)", "w_1_1", "w1 (t+1)", "w1 new",
    "∆w1", "dout", "loss change", "A", "y", "∂w1/∂w1", "Error", "dE", "δ", "=w1", "the w1",
)  # fmt: skip


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in SPELLINGS.items() for text in texts])
def test_spelling_means_its_name(name: str, text: str) -> None:
    """Each spelling that people use is the name of the vocabulary."""
    assert meaning_of(text) == name


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in KIN.items() for text in texts])
def test_look_alikes_and_notes_mean_their_name(name: str, text: str) -> None:
    """Letters that look alike, notes behind a label and other words for the same are the name of the vocabulary."""
    assert meaning_of(text) == name


@pytest.mark.parametrize("header", HEADERS)
def test_labels_of_a_header_are_read_together(header: str) -> None:
    """A label that can mean two things means what the others leave for it."""
    labels, names = HEADERS[header]
    assert [name or "-" for name in names_in(labels.split())] == names.split()


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
