"""Trainings as people lay them out beyond the exercise: contents of cells, right ones; a test changes some of them.

Each function gives the sheets of a workbook, by their titles. The mathematics is that of any textbook; numbers are made
up. No label is the vocabulary's.
"""

from collections.abc import Sequence

Cells = dict[str, float | str]
Sheets = dict[str, Cells]

XS = (1.4, 0.9, 2.8, 5.1, 2.2, 7.3, 3.6, 6.1)
YS = (5.1, 3.9, 8.8, 13.2, 7.1, 17.9, 10.0, 15.4)
POINTS = ((0.4, 1.2, 1), (1.5, -0.3, 1), (-0.8, 0.6, 0), (-1.1, -0.9, 0), (0.7, 0.2, 1), (-0.2, -1.4, 0))


def regression(rule: str = "plain", rows: int = 8, *, shows_loss: bool = False) -> Sheets:
    """A line through points, a sample a row: intercept C, slope D; `rule` is the optimiser."""
    cells: Cells = {"A1": "learn", "B1": 0.02 if rule != "adam" else 0.3, "C1": "beta", "D1": 0.9, "E1": 0.99}
    names = ("x", "y", "intercept", "slope", "pred", "de/db", "de/da", "m b", "m a", "v b", "v a", "new b", "new a")
    cells |= {f"{column}3": name for column, name in zip("ABCDEFGHIJKLM", names, strict=True)}
    cells |= {"H4": 0.1, "I4": -0.2, "J4": 1.1, "K4": 0.9, "L4": 1.0, "M4": 1.2}
    for k in range(rows):
        r, p = 5 + k, 4 + k
        cells |= {
            f"A{r}": XS[k % 8], f"B{r}": YS[k % 8], f"C{r}": f"=L{p}", f"D{r}": f"=M{p}", f"E{r}": f"=C{r}+D{r}*A{r}",
            f"F{r}": f"=2*(E{r}-B{r})", f"G{r}": f"=F{r}*A{r}",
        }  # fmt: skip
        if shows_loss:
            cells[f"N{r}"] = f"=(E{r}-B{r})^2"
        for theta, g, m, v, new in (("C", "F", "H", "J", "L"), ("D", "G", "I", "K", "M")):
            cells |= {f"{at}{r}": text for at, text in _rule(rule, theta, g, m, v, new, r, p).items()}
    return {"points": cells}


def _rule(rule: str, theta: str, g: str, m: str, v: str, new: str, r: int, p: int) -> dict[str, str]:
    """The columns of the state and the new parameter, by the optimiser's equations."""
    mean, square = f"=$D$1*{m}{p}+(1-$D$1)*{g}{r}", f"=$E$1*{v}{p}+(1-$E$1)*{g}{r}^2"
    rules = {
        "plain": {new: f"={theta}{r}-$B$1*{g}{r}"},
        "momentum": {m: mean, new: f"={theta}{r}-$B$1*{m}{r}"},
        "heavy ball": {m: f"=$D$1*{m}{p}-$B$1*{g}{r}", new: f"={theta}{r}+{m}{r}"},
        "nesterov": {m: f"=$D$1*{m}{p}+{g}{r}", new: f"={theta}{r}-$B$1*({g}{r}+$D$1*{m}{r})"},
        "adagrad": {v: f"={v}{p}+{g}{r}^2", new: f"={theta}{r}-$B$1*{g}{r}/(SQRT({v}{r})+0.00000001)"},
        "rmsprop": {v: square, new: f"={theta}{r}-$B$1/SQRT({v}{r}+0.00000001)*{g}{r}"},
        "adam": {m: mean, v: square, new: f"={theta}{r}-$B$1*{m}{r}/(SQRT({v}{r})+0.00000001)"},
        "weight decay": {new: f"={theta}{r}-$B$1*({g}{r}+0.01*{theta}{r})"},
        "decaying rate": {new: f"={theta}{r}-$B$1/(1+0.1*{r - 5})*{g}{r}"},
    }
    return rules[rule]


def perceptron(rows: int = 12) -> Sheets:
    """Rosenblatt's rule, a sample a row: w1 w2 b change by the error times the input."""
    cells: Cells = {"B1": "alpha", "C1": 0.1}
    names = ("x1", "x2", "t", "w1", "w2", "b", "net", "y", "e")
    cells |= {f"{column}3": name for column, name in zip("ABCDEFGHI", names, strict=True)}
    for k in range(rows):
        r, p = 4 + k, 3 + k
        x1, x2, t = POINTS[k % len(POINTS)]
        cells |= {f"A{r}": x1, f"B{r}": x2, f"C{r}": t}
        start = {"D": 0.3, "E": -0.5, "F": 0.05}
        steps = {"D": f"=D{p}+$C$1*I{p}*A{p}", "E": f"=E{p}+$C$1*I{p}*B{p}", "F": f"=F{p}+$C$1*I{p}"}
        cells |= {f"{c}{r}": steps[c] if k else start[c] for c in "DEF"}
        cells |= {
            f"G{r}": f"=D{r}*A{r}+E{r}*B{r}+F{r}", f"H{r}": f"=IF(G{r}>0,1,0)", f"I{r}": f"=C{r}-H{r}",
        }  # fmt: skip
    return {"perceptron": cells}


def logistic_batch(epochs: int = 5, *, inline: bool = False) -> Sheets:
    """Logistic regression on six points, an epoch a block of rows, the gradients means over the block."""
    cells: Cells = {"A1": "step size", "B1": 0.5}
    names = ("x1", "x2", "label", "z", "prob", "diff", "diff*x1", "diff*x2")
    n = len(POINTS)
    for epoch in range(epochs):
        top = 4 + (n + 4) * epoch
        first, last, before = top + 1, top + n, top - n - 4
        cells |= {f"{column}{top}": name for column, name in zip("ABCDEFGH", names, strict=True)}
        cells |= {f"J{top}": "w1", f"K{top}": "w2", f"L{top}": "w0"}
        gradients = ("G", "H", "F")
        for weight, g, start in zip("JKL", gradients, (0.2, -0.1, 0.05), strict=True):
            ended = before + 1 + n
            cells[f"{weight}{first}"] = f"={weight}{before + 1}-$B$1*{g}{ended}" if epoch else start
        for k, (x1, x2, t) in enumerate(POINTS):
            r = first + k
            cells |= {
                f"A{r}": x1, f"B{r}": x2, f"C{r}": t, f"D{r}": f"=$J${first}*A{r}+$K${first}*B{r}+$L${first}",
                f"E{r}": f"=1/(1+EXP(-D{r}))", f"F{r}": f"=E{r}-C{r}", f"G{r}": f"=F{r}*A{r}", f"H{r}": f"=F{r}*B{r}",
            }  # fmt: skip
        sums = {"G": "A", "H": "B"}
        for g in gradients:
            inside = f"SUMPRODUCT($F{first}:$F{last},{sums[g]}{first}:{sums[g]}{last})/{n}" if g in sums else ""
            cells[f"{g}{last + 1}"] = f"={inside}" if inline and inside else f"=AVERAGE({g}{first}:{g}{last})"
    return {"logit": cells}


def online_inline(rows: int = 8) -> Sheets:
    """A line, a sample a row, each update written out in one formula; the squared error stands beside."""
    cells: Cells = {"A1": "rate", "B1": 0.01, "A3": "x", "B3": "y", "C3": "m", "D3": "c", "E3": "fit", "F3": "sq"}
    for k in range(rows):
        r, p = 4 + k, 3 + k
        cells |= {f"A{r}": XS[k % 8], f"B{r}": YS[k % 8]}
        cells |= {
            f"C{r}": f"=C{p}-$B$1*2*(D{p}+C{p}*A{p}-B{p})*A{p}" if k else 0.7,
            f"D{r}": f"=D{p}-$B$1*2*(D{p}+C{p}*A{p}-B{p})" if k else 0.2,
            f"E{r}": f"=D{r}+C{r}*A{r}", f"F{r}": f"=(B{r}-E{r})^2",
        }  # fmt: skip
    return {"fit": cells}


def matrices(*, updates: bool, masked: bool = True, sizes: Sequence[int] = (2, 3, 2), samples: int = 2) -> Sheets:
    """One step of a net with ReLU and softmax in matrices; dZ2 = A2 - T is where the derivatives begin."""
    n_in, n_hidden, n_out = sizes
    columns = [chr(ord("B") + k) for k in range(20)]
    cells: Cells = {"A1": "one step", "G1": "lr", "H1": 0.1}
    tops: dict[str, tuple[int, int]] = {}  # the row of each matrix, and its height
    row = 3
    for name, height in (
        ("X", n_in), ("W1", n_hidden), ("Z1", n_hidden), ("A1", n_hidden), ("W2", n_out), ("Z2", n_out), ("exp", n_out),
        ("A2", n_out), ("T", n_out), ("dZ2", n_out), ("dW2", n_out), ("dA1", n_hidden), ("dZ1", n_hidden),
        ("dW1", n_hidden), ("new W1", n_hidden), ("new W2", n_out),
    ):  # fmt: skip
        cells[f"A{row}"] = name
        tops[name] = row, height
        row += height + 1

    def at(name: str, i: int, j: int) -> str:
        return f"{columns[j]}{tops[name][0] + i}"

    def block(name: str, width: int) -> str:
        top, height = tops[name]
        return f"${columns[0]}${top}:${columns[width - 1]}${top + height - 1}"

    def line(name: str, i: int, width: int) -> str:
        return f"${columns[0]}{tops[name][0] + i}:${columns[width - 1]}{tops[name][0] + i}"

    def fill(name: str, width: int, content: object) -> None:
        for i in range(tops[name][1]):
            for j in range(width):
                cells[at(name, i, j)] = content(i, j)  # type: ignore[operator]  # any function of the two numbers

    def product(left: str, inner: int, right: str) -> object:
        return lambda i, j: "=" + "+".join(f"{at(left, i, k)}*{at(right, k, j)}" for k in range(inner))

    def turned(left: str, inner: int, right: str) -> object:
        return lambda i, j: "=" + "+".join(f"{at(left, k, i)}*{at(right, k, j)}" for k in range(inner))

    fill("X", samples, lambda i, j: round(0.8 - 1.3 * j + 0.9 * i * (-1) ** j, 3))
    fill("W1", n_in, lambda i, j: round(0.6 - 0.95 * j - 0.4 * i + 0.7 * i * j, 3))
    fill("W2", n_hidden, lambda i, j: round(0.4 - 0.7 * j + 0.55 * j * j - 0.3 * i, 3))
    fill("T", samples, lambda i, j: float(i == j % n_out))
    fill("Z1", samples, product("W1", n_in, "X"))
    fill("A1", samples, lambda i, j: f"=MAX(0,{at('Z1', i, j)})")
    fill("Z2", samples, product("W2", n_hidden, "A1"))
    fill("exp", samples, lambda i, j: f"=EXP({at('Z2', i, j)})")
    last = n_out - 1
    fill("A2", samples, lambda i, j: f"={at('exp', i, j)}/SUM({at('exp', 0, j)}:{at('exp', last, j)})")
    fill("dZ2", samples, lambda i, j: f"={at('A2', i, j)}-{at('T', i, j)}")
    fill("dW2", n_hidden, lambda i, j: f"=SUMPRODUCT({line('dZ2', i, samples)},{line('A1', j, samples)})")
    fill("dA1", samples, turned("W2", n_out, "dZ2"))
    slope = "=IF({z}>0,{d},0)" if masked else "={d}"
    fill("dZ1", samples, lambda i, j: slope.format(z=at("Z1", i, j), d=at("dA1", i, j)))
    fill("dW1", n_in, lambda i, j: f"=SUMPRODUCT({line('dZ1', i, samples)},{line('X', j, samples)})")
    if updates:
        fill("new W1", n_in, lambda i, j: f"={at('W1', i, j)}-$H$1*{at('dW1', i, j)}")
        fill("new W2", n_hidden, lambda i, j: f"={at('W2', i, j)}-$H$1*{at('dW2', i, j)}")
    return {"backprop": cells}


def convolution(kernels: int = 2, outputs: int = 3) -> Sheets:
    """The gradients of a small CNN, a sheet each: 7x7 numbers, 3x3 kernels, ReLU, the largest of 2x2, softmax.

    The kernels' pictures stand one below the other, six rows apart; their last row and column are left out by the pool.
    """
    pitch, letters = 6, "ABCDEFGHIJKLMNOP"
    sheets: dict[str, Cells] = {name: {} for name in ("dK", "dF", "dP", "dV", "in", "K", "F", "P", "V", "A")}
    fill = sheets.__getitem__
    fill("in").update({f"{letters[j]}{i + 1}": ((3 * i + 5 * j) % 11) / 10 for i in range(7) for j in range(7)})
    for k in range(kernels):
        top = pitch * k + 1
        fill("K").update(
            {f"{letters[j]}{top + i}": ((2 * i + 7 * j + 3 * k) % 9 - 2) / 10 for i in range(3) for j in range(3)}
        )
        kernel = f"K!$A${top}:$C${top + 2}"
        for i in range(5):
            for j in range(5):
                window = f"in!{letters[j]}{i + 1}:{letters[j + 2]}{i + 3}"
                fill("F")[f"{letters[j]}{top + i}"] = f"=MAX(0,SUMPRODUCT({window},{kernel}))"
        for i in range(2):
            for j in range(2):
                corner, opposite = f"{letters[2 * j]}{top + 2 * i}", f"{letters[2 * j + 1]}{top + 2 * i + 1}"
                fill("P")[f"{letters[j]}{top + i}"] = f"=MAX(F!{corner}:{opposite})"
        for i in range(4):
            for j in range(4):
                one, most = f"F!{letters[j]}{top + i}", f"{letters[j // 2]}{top + i // 2}"
                fill("dF")[f"{letters[j]}{top + i}"] = f"=IF(AND({one}>0,{one}=P!{most}),dP!{most},0)"
        for i in range(3):
            for j in range(3):
                window = f"in!{letters[j]}{i + 1}:{letters[j + 3]}{i + 4}"
                fill("dK")[f"{letters[j]}{top + i}"] = f"=SUMPRODUCT(dF!$A${top}:$D${top + 3},{window})"
    last = pitch * (kernels - 1) + 2
    every = "+".join(f"{letters[o]}$2" for o in range(outputs))
    for o in range(outputs):
        left, right = letters[3 * o], letters[3 * o + 1]
        fill("A")[f"{letters[o]}1"] = f"=SUMPRODUCT(P!A1:B{last},V!{left}1:{right}{last})"
        fill("A")[f"{letters[o]}2"] = f"=EXP({letters[o]}1)"
        fill("A")[f"{letters[o]}3"] = f"={letters[o]}2/({every})"
        fill("A")[f"{letters[o]}4"] = float(o == 1)
        fill("A")[f"{letters[o]}5"] = f"={letters[o]}3-{letters[o]}4"
    for row in (pitch * k + i + 1 for k in range(kernels) for i in range(2)):
        for j in range(2):
            places = [f"{letters[3 * o + j]}{row}" for o in range(outputs)]
            back = "+".join(f"A!${letters[o]}$5*V!{place}" for o, place in enumerate(places))
            fill("dP")[f"{letters[j]}{row}"] = f"={back}"
            for o, place in enumerate(places):
                fill("V")[place] = ((row + 3 * j + 5 * o) % 7 - 3) / 5
                fill("dV")[place] = f"=A!${letters[o]}$5*P!{letters[j]}{row}"
    return dict(sheets)


def surface(rows: int = 15, *, inline: bool = False) -> Sheets:
    """The descent on x² + xy + y² − 3x, a step a row; the rate of the last rows is another one."""
    cells: Cells = {"A1": "step", "B1": 0.1, "C1": 0.05}
    cells |= {f"{column}3": name for column, name in zip("ABCDEF", ("k", "x", "y", "f", "fx", "fy"), strict=True)}
    for k in range(rows):
        r, p = 4 + k, 3 + k
        rate = "$B$1" if k < rows - 5 else "$C$1"
        by_x, by_y = ("(2*B{p}+C{p}-3)", "(2*C{p}+B{p})") if inline else ("E{p}", "F{p}")
        cells |= {
            f"A{r}": k, f"B{r}": f"=B{p}-{rate}*{by_x.format(p=p)}" if k else 2.0,
            f"C{r}": f"=C{p}-{rate}*{by_y.format(p=p)}" if k else -1.5,
            f"D{r}": f"=B{r}^2+B{r}*C{r}+C{r}^2-3*B{r}",
        }  # fmt: skip
        if not inline:
            cells |= {f"E{r}": f"=2*B{r}+C{r}-3", f"F{r}": f"=2*C{r}+B{r}"}
    return {"descent": cells}


def differences(rows: int = 12) -> Sheets:
    """A line, a sample a row, with derivatives estimated by differences beside the exact ones: the loss is read too."""
    cells: Cells = {"A1": "lr", "B1": 0.0001}
    for k in range(rows):
        r, p = 4 + k, 3 + k
        cells |= {
            f"A{r}": XS[k % 8], f"B{r}": YS[k % 8], f"C{r}": f"=N{p}" if k else 1.0, f"D{r}": f"=O{p}" if k else 1.0,
            f"E{r}": f"=C{r}*A{r}+D{r}", f"F{r}": f"=(E{r}-B{r})^2", f"G{r}": f"=((C{r}*A{r}+(D{r}+0.01))-B{r})^2",
            f"H{r}": f"=(G{r}-F{r})/0.01", f"I{r}": f"=(((C{r}+0.01)*A{r}+D{r})-B{r})^2", f"J{r}": f"=(I{r}-F{r})/0.01",
            f"K{r}": f"=2*(C{r}*A{r}+D{r}-B{r})", f"L{r}": f"=K{r}*A{r}", f"N{r}": f"=C{r}-$B$1*L{r}",
            f"O{r}": f"=D{r}-$B$1*K{r}",
        }  # fmt: skip
    return {"basic": cells}


def epochs() -> Sheets:
    """The perceptron's rule over two epochs, the errors of each summed up in a row between them."""
    cells = next(iter(perceptron(12).values()))
    cells |= {"A16": "errors", "I16": "=SUM(I4:I15)"}
    for k in range(12):
        r, p = 17 + k, 16 + k if k else 15
        x1, x2, t = POINTS[k % len(POINTS)]
        cells |= {
            f"A{r}": x1, f"B{r}": x2, f"C{r}": t, f"D{r}": f"=D{p}+$C$1*I{p}*A{p}", f"E{r}": f"=E{p}+$C$1*I{p}*B{p}",
            f"F{r}": f"=F{p}+$C$1*I{p}", f"G{r}": f"=D{r}*A{r}+E{r}*B{r}+F{r}", f"H{r}": f"=IF(G{r}>0,1,0)",
            f"I{r}": f"=C{r}-H{r}",
        }  # fmt: skip
    return {"perceptron": cells}


def recurrent() -> Sheets:
    """Two steps of a recurrent unit, back-propagated through time, label beside value."""
    return {
        "rnn": {
            "A1": "lr", "B1": 0.1, "A2": "x1", "B2": 0.5, "A3": "x2", "B3": -0.7, "A4": "t", "B4": 0.3,
            "D1": "wx", "E1": 0.4, "D2": "wh", "E2": 0.9, "D3": "wo", "E3": -0.6,
            "B6": "=TANH(E1*B2)", "B7": "=TANH(E1*B3+E2*B6)", "B8": "=E3*B7", "B9": "=0.5*(B8-B4)^2",
            "B11": "=B8-B4", "B12": "=B11*E3*(1-B7^2)", "B13": "=B12*E2*(1-B6^2)",
            "E11": "=B11*B7", "E12": "=B12*B6", "E13": "=B12*B3+B13*B2",
            "F1": "=E1-$B$1*E13", "F2": "=E2-$B$1*E12", "F3": "=E3-$B$1*E11",
        }
    }  # fmt: skip


def one_step() -> Sheets:
    """Label beside value: one step of a unit with cross-entropy, that a macro would repeat."""
    return {
        "step": {
            "A1": "x1", "B1": 0.6, "A2": "x2", "B2": -1.1, "A3": "x3", "B3": 0.3, "A4": "y", "B4": 1,
            "D1": "weight 1", "E1": 0.2, "D2": "weight 2", "E2": 0.4, "D3": "weight 3", "E3": -0.3,
            "D4": "bias", "E4": 0.1,
            "A6": "speed", "B6": 0.05, "A8": "sum", "B8": "=E1*B1+E2*B2+E3*B3+E4", "A9": "p", "B9": "=1/(1+EXP(-B8))",
            "A10": "cost", "B10": "=-(B4*LN(B9)+(1-B4)*LN(1-B9))",
            **{f"D{10 + k}": f"slope {k}" for k in (1, 2, 3)}, "D14": "slope b",
            **{f"E{10 + k}": f"=(B9-B4)*B{k}" for k in (1, 2, 3)}, "E14": "=B9-B4",
            **{f"F{k}": f"=E{k}-$B$6*E{10 + k}" for k in (1, 2, 3, 4)},
        }
    }  # fmt: skip


def likelihood() -> Sheets:
    """The same step as it is written for the logarithm of a likelihood, which it climbs."""
    cells = next(iter(one_step().values()))
    cells |= {"B10": "=B4*LN(B9)+(1-B4)*LN(1-B9)", "E14": "=B4-B9"}
    cells |= {f"E{10 + k}": f"=(B4-B9)*B{k}" for k in (1, 2, 3)}
    cells |= {f"F{k}": f"=E{k}+$B$6*E{10 + k}" for k in (1, 2, 3, 4)}
    return {"step": cells}


def spring(rows: int = 15) -> Sheets:
    """No training: a weight on a spring, step by step, with its energy, whose derivatives are forces and speeds."""
    cells: Cells = {"A1": "k", "B1": 2.0, "C1": "dt", "D1": 0.05}
    for k in range(rows):
        r, p = 3 + k, 2 + k
        cells |= {
            f"A{r}": f"=A{p}+B{p}*$D$1" if k else 1.0, f"B{r}": f"=B{p}+C{p}*$D$1" if k else 0.3,
            f"C{r}": f"=-$B$1*A{r}", f"D{r}": f"=0.5*B{r}^2+0.5*$B$1*A{r}^2",
        }  # fmt: skip
    return {"spring": cells}


def ledger() -> Sheets:
    """No training: running totals add something to what was, and products are derivatives of sums."""
    rows = range(4, 16)
    return {
        "year": {
            "A1": "rate", "B1": 0.04, "A2": "fee", "B2": 12.5,
            **{f"A{r}": 100.0 + 7 * r for r in rows}, **{f"B{r}": 3.0 + r for r in rows},
            **{f"C{r}": f"=A{r}*B{r}" for r in rows}, **{f"D{r}": f"=C{r}*$B$1+$B$2" for r in rows},
            **{f"E{r}": f"=E{r - 1}+C{r}-D{r}" for r in rows[1:]}, "E4": "=C4-D4",
            "A17": "sum", "C17": "=SUM(C4:C15)", "D17": "=SUM(D4:D15)", "E17": "=C17-D17",
            **{f"F{r}": f"=A{r}*$B$1" for r in rows},
        }
    }  # fmt: skip


def newton(rows: int = 10) -> Sheets:
    """No descent: the root of a cubic by Newton's method."""
    cells: Cells = {"A1": "Newton"}
    for k in range(rows):
        r, p = 3 + k, 2 + k
        cells |= {f"A{r}": f"=A{p}-B{p}/C{p}" if k else 3.0, f"B{r}": f"=A{r}^3-2*A{r}-5", f"C{r}": f"=3*A{r}^2-2"}
    return {"root": cells}


def controller(rows: int = 14) -> Sheets:
    """A PID controller: the error of each moment, its running sum and its change set the next moment's value."""
    cells: Cells = {"B1": 0.8, "D1": 0.1, "F1": 0.05, "H1": 10.0}
    for r in range(3, 3 + rows):
        p = r - 1
        first = r == 3
        cells |= {
            f"B{r}": 0.0 if first else f"=B{p}+0.2*(F{p}-B{p})", f"C{r}": f"=$H$1-B{r}",
            f"D{r}": "=C3" if first else f"=D{p}+C{r}", f"E{r}": 0.0 if first else f"=C{r}-C{p}",
            f"F{r}": f"=$B$1*C{r}+$D$1*D{r}+$F$1*E{r}", f"G{r}": f"=C{r}^2",
        }  # fmt: skip
    return {"control": cells | {f"G{4 + rows}": f"=SUM(G3:G{2 + rows})"}}


def conjugate_gradients() -> Sheets:
    """Conjugate gradients for two linear equations: its first step alone goes down the gradient of f."""
    cells: Cells = {}
    for r in (2, 3, 4):
        p = r - 1
        first = r == 2
        cells |= {
            f"A{r}": 2.0 if first else f"=A{p}+J{p}*E{p}", f"B{r}": 1.0 if first else f"=B{p}+J{p}*F{p}",
            f"C{r}": "=1-(4*A2+B2)" if first else f"=C{p}-J{p}*G{p}",
            f"D{r}": "=2-(A2+3*B2)" if first else f"=D{p}-J{p}*H{p}",
            f"E{r}": "=C2" if first else f"=C{r}+K{p}*E{p}", f"F{r}": "=D2" if first else f"=D{r}+K{p}*F{p}",
            f"G{r}": f"=4*E{r}+F{r}", f"H{r}": f"=E{r}+3*F{r}", f"I{r}": f"=C{r}^2+D{r}^2",
            f"J{r}": f"=I{r}/(E{r}*G{r}+F{r}*H{r})", f"K{r}": f"=I{r + 1}/I{r}" if r < 4 else 0.0,
            f"L{r}": f"=2*A{r}^2+A{r}*B{r}+1.5*B{r}^2-A{r}-2*B{r}",
        }  # fmt: skip
    return {"equations": cells}


def copied_weights(epochs: int = 4, *, last: bool = True, anchored: bool = False) -> Sheets:
    """Logistic regression in batches, the weights D E F repeated beside each sample; an update reads the last copy."""
    cells: Cells = {"A1": "speed", "B1": 0.4}
    n = len(POINTS)
    for epoch in range(epochs):
        top = 4 + (n + 2) * epoch
        total = top - 2
        before = total - 1 if last else total - n
        for k, (x1, x2, t) in enumerate(POINTS):
            r = top + k
            for weight, g, start in (("D", "J", 0.2), ("E", "K", -0.1), ("F", "I", 0.05)):
                copy = f"={weight}${top}" if anchored else f"={weight}{r - 1}"
                moved = f"={weight}{before}-$B$1*{g}{total}" if epoch else start
                cells[f"{weight}{r}"] = copy if k else moved
            cells |= {
                f"A{r}": x1, f"B{r}": x2, f"C{r}": t, f"G{r}": f"=D{r}*A{r}+E{r}*B{r}+F{r}",
                f"H{r}": f"=1/(1+EXP(-G{r}))", f"I{r}": f"=H{r}-C{r}", f"J{r}": f"=I{r}*A{r}", f"K{r}": f"=I{r}*B{r}",
                f"L{r}": f"=-(C{r}*LN(H{r})+(1-C{r})*LN(1-H{r}))",
            }  # fmt: skip
        cells |= {f"{g}{top + n}": f"=SUM({g}{top}:{g}{top + n - 1})" for g in "IJKL"}
    return {"logit": cells}


def one_parameter(rows: int = 14) -> Sheets:
    """The descent on x⁴ − 2x² + x, a step a row: x in A, the loss in B, its derivative in C, the rate in D."""
    cells: Cells = {}
    for k in range(rows):
        r, p = 4 + k, 3 + k
        cells |= {
            f"A{r}": f"=A{p}-D{p}*C{p}" if k else 3.0, f"B{r}": f"=A{r}^4-2*A{r}^2+A{r}",
            f"C{r}": f"=4*A{r}^3-4*A{r}+1", f"D{r}": f"=0.9*D{p}" if k else 0.01,
        }  # fmt: skip
    return {"descent": cells}


def batches(rows: int = 8, size: int = 2) -> Sheets:
    """A line, a sample a row, in batches whose rows repeat the weights; the last row of each has the updates."""
    cells: Cells = {"A1": "lr", "B1": 0.02}
    names = ("x", "y", "w", "b", "fit", "e", "ex", "new w", "new b")
    cells |= {f"{column}3": name for column, name in zip("BCDEFGHJK", names, strict=True)}
    for k in range(rows):
        r, first = 4 + k, 4 + k - k % size
        before = ("=J{p}", "=K{p}") if r == first else ("=D{p}", "=E{p}")
        cells |= {f"B{r}": XS[k % 8], f"C{r}": YS[k % 8], f"F{r}": f"=D{r}*B{r}+E{r}", f"G{r}": f"=F{r}-C{r}"}
        cells |= {f"{c}{r}": text.format(p=r - 1) for c, text in zip("DE", before, strict=True)} if k else {}
        cells[f"H{r}"] = f"=G{r}*B{r}"
        if k % size == size - 1:
            cells |= {f"{new}{r}": f"={old}{r}-$B$1*AVERAGE({g}{first}:{g}{r})" for old, g, new in ("DHJ", "EGK")}
    return {"batches": {**cells, "D4": 0.5, "E4": 0.3}}


def hidden_units(rows: int = 6) -> Sheets:
    """Two hidden units and a linear output, whose labels are the vocabulary's for another net."""
    names = "x y w1 b1 w2 b2 v1 v2 c z1 h1 z2 h2 out error SE dv1 dv2 dc dw1 db1 dw2 db2"
    columns = "ABCDEFGHIJKLMNOPQRSTUVW"
    cells: Cells = {"A1": "step", "B1": 0.05}
    cells |= {f"{column}4": name for column, name in zip(columns, names.split(), strict=True)}
    start = (0.3, -0.2, 0.45, 0.1, -0.35, 0.25, 0.05)
    for k in range(rows):
        r, p = 5 + k, 4 + k
        for weight, g, first in zip("CDEFGHI", "TUVWQRS", start, strict=True):
            cells[f"{weight}{r}"] = f"={weight}{p}-$B$1*{g}{p}" if k else first
        cells |= {
            f"A{r}": XS[k] / 4, f"B{r}": YS[k] / 15, f"J{r}": f"=C{r}*A{r}+D{r}", f"K{r}": f"=TANH(J{r})",
            f"L{r}": f"=E{r}*A{r}+F{r}", f"M{r}": f"=TANH(L{r})", f"N{r}": f"=G{r}*K{r}+H{r}*M{r}+I{r}",
            f"O{r}": f"=N{r}-B{r}", f"P{r}": f"=O{r}^2/2", f"Q{r}": f"=O{r}*K{r}", f"R{r}": f"=O{r}*M{r}",
            f"S{r}": f"=O{r}", f"T{r}": f"=U{r}*A{r}", f"U{r}": f"=O{r}*G{r}*(1-K{r}^2)", f"V{r}": f"=W{r}*A{r}",
            f"W{r}": f"=O{r}*H{r}*(1-M{r}^2)",
        }  # fmt: skip
    return {"tanh": cells}


def adaline(epochs: int = 3) -> Sheets:
    """A sample a row that repeats the weights; an epoch adds the sums of what its samples would change."""
    cells: Cells = {"A1": "eta", "B1": 0.02}
    r = 4
    for epoch in range(epochs):
        top = r
        for x1, x2, t in POINTS:
            cells |= {f"B{r}": x1, f"C{r}": x2, f"D{r}": 2 * t - 1}
            for w, d, start in zip("EFG", "KLM", (0.1, 0.2, -0.1), strict=True):
                first = f"={w}{r - 2}+{d}{r - 1}" if epoch else start
                cells[f"{w}{r}"] = first if r == top else f"={w}{r - 1}"
            cells |= {
                f"H{r}": f"=B{r}*E{r}+C{r}*F{r}+G{r}", f"I{r}": f"=D{r}-H{r}", f"J{r}": f"=I{r}^2",
                f"K{r}": f"=$B$1*I{r}*B{r}", f"L{r}": f"=$B$1*I{r}*C{r}", f"M{r}": f"=$B$1*I{r}",
            }  # fmt: skip
            r += 1
        cells |= {f"{column}{r}": f"=SUM({column}{top}:{column}{r - 1})" for column in "JKLM"}
        r += 1
    return {"adaline": cells}


def samples_and_units(steps: int = 3) -> Sheets:
    """Two tanh units and a linear output on four samples, a block a step; deltas are not divided, gradients are."""
    cells: Cells = {"A1": "lr", "B1": 0.3}
    start = {"A": (0.3, -0.4, 0.1), "B": (-0.5, 0.6, 0.2), "C": (0.7, -0.8, 0.05)}
    for step in range(steps):
        t = 3 + 12 * step  # weights stand in rows t to t+2, samples in t+3 to t+6, gradients in t+7 to t+9
        for column, numbers in start.items():
            for k, number in enumerate(numbers):
                cells[f"{column}{t + k}"] = f"={column}{t + k - 12}-$B$1*{column}{t + k - 5}" if step else number
        first, last = t + 3, t + 6
        for k, (x1, x2, _) in enumerate(POINTS[:4]):
            r = first + k
            cells |= {f"A{r}": x1, f"B{r}": x2, f"C{r}": YS[k] / 15, f"K{r}": f"=J{r}^2/2"}
            for unit, at, d in (("A", "D", "L"), ("B", "E", "M")):
                weights = [f"${unit}${t + j}" for j in range(3)]
                cells[f"{at}{r}"] = f"=TANH({weights[0]}*A{r}+{weights[1]}*B{r}+{weights[2]})"
                cells[f"{d}{r}"] = f"=J{r}*$C${t + (unit == 'B')}*(1-{at}{r}^2)"
            cells |= {f"H{r}": f"=$C${t}*D{r}+$C${t + 1}*E{r}+$C${t + 2}", f"J{r}": f"=H{r}-C{r}"}
        cells[f"K{last + 1}"] = f"=AVERAGE(K{first}:K{last})"
        for column, d, reads in (("A", "L", "AB"), ("B", "M", "AB"), ("C", "J", "DE")):
            deltas = f"${d}{first}:${d}{last}"
            products = (f"=SUMPRODUCT({deltas},{x}{first}:{x}{last})/4" for x in reads)
            cells |= {f"{column}{last + 1 + k}": text for k, text in enumerate([*products, f"=SUM({deltas})/4"])}
    return {"net": cells}


def rightward(steps: int = 8) -> Sheets:
    """A line through four points, an iteration a column; the names stand at the left."""
    names = ("k", "w", "b", "p1", "p2", "p3", "p4", "e1", "e2", "e3", "e4", "MSE", "dw", "db")
    cells: Cells = {"A1": "alpha", "B1": 0.04} | {f"A{4 + k}": name for k, name in enumerate(names)}
    for k in range(4):
        cells |= {f"A{40 + k}": XS[k] / 3, f"B{40 + k}": YS[k] / 6}
    for step in range(steps):
        c, p = chr(ord("B") + step), chr(ord("A") + step)
        cells |= {f"{c}4": step, f"{c}5": f"={p}5-$B$1*{p}16" if step else 0.5}
        cells |= {f"{c}6": f"={p}6-$B$1*{p}17" if step else 0.1}
        for k in range(4):
            cells |= {f"{c}{7 + k}": f"={c}$5*$A{40 + k}+{c}$6", f"{c}{11 + k}": f"={c}{7 + k}-$B{40 + k}"}
        cells |= {
            f"{c}15": f"=SUMSQ({c}11:{c}14)/4", f"{c}16": f"=2*SUMPRODUCT({c}11:{c}14,$A$40:$A$43)/4",
            f"{c}17": f"=2*SUM({c}11:{c}14)/4",
        }  # fmt: skip
    return {"columns": cells}


def labelled_unit(update: str, rows: int = 8) -> Sheets:
    """A sigmoid unit under the vocabulary's labels; in `update` {w} and {g} are a weight and its gradient before.

    η is in B1, other settings in B2; N has the norm of the gradients, O counts.
    """
    names = "x1 x2 t1 w1 w2 b1 o1 a_o1 E_total dw1 dw2 db1 norm k"
    columns = "ABCDEFGHIJKLNO"
    cells: Cells = {"A1": "eta", "B1": 0.3, "A2": "setting", "B2": 0.05}
    cells |= {f"{column}4": name for column, name in zip(columns, names.split(), strict=True)}
    for k in range(rows):
        r, p = 5 + k, 4 + k
        for weight, g, start in zip("DEF", "JKL", (0.3, -0.4, 0.1), strict=True):
            text = update.format(w=f"{weight}{p}", g=f"{g}{p}", norm=f"N{p}", k=f"O{p}")
            cells[f"{weight}{r}"] = f"={text}" if k else start
        x1, x2, t = POINTS[k % len(POINTS)]
        cells |= {
            f"A{r}": x1, f"B{r}": x2, f"C{r}": t, f"G{r}": f"=D{r}*A{r}+E{r}*B{r}+F{r}", f"H{r}": f"=1/(1+EXP(-G{r}))",
            f"I{r}": f"=0.5*(C{r}-H{r})^2", f"J{r}": f"=(H{r}-C{r})*H{r}*(1-H{r})*A{r}",
            f"K{r}": f"=(H{r}-C{r})*H{r}*(1-H{r})*B{r}", f"L{r}": f"=(H{r}-C{r})*H{r}*(1-H{r})",
            f"N{r}": f"=SQRT(J{r}^2+K{r}^2+L{r}^2)", f"O{r}": f"=O{p}+1" if k else 0,
        }  # fmt: skip
    return {"unit": cells}
