"""The kinds of layers besides dense ones: how the units of each are wired.

Sources: Dumoulin and Visin, "A guide to convolution arithmetic for deep learning" (2016); Elman, "Finding structure in
time" (1990); Ioffe and Szegedy, "Batch normalization: accelerating deep network training by reducing internal
covariate shift" (ICML, 2015); Vaswani et al., "Attention is all you need" (2017). Their numbers are those of PyTorch's
layers.

A layer with an activation has net inputs `h1 …` and activations `a_h1 …`. One without has a column a unit:

    p1 …   pooled: the largest of a window, its mean, or the mean over tokens
    d1 …   what dropout lets through; m1 … are its mask
    c1 …   whether a token is a word, 1 or 0; x1 … the numbers of its vector
    μ1 …   the mean of a feature over the samples of a step, σ²1 … its variance, x̂1 … what is normalised by both,
           y1 … that times γ_y1 … plus β_y1 …
    q1 …   queries, k1 … keys, v1 … values, s1 … scores, a_s1 … their softmax, z1 … contexts
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, product
from math import prod

from templates.network import (
    Activation,
    Bias,
    Block,
    Layer,
    Matrix,
    Names,
    Plan,
    Rule,
    activation_of,
    biases_of,
    in_rows,
)

Wired = tuple[tuple[Layer, ...], Block]
Pair = tuple[int, int]  # rows and columns


def windows(picture: Pair, size: Pair, stride: Pair, padding: int = 0) -> Iterator[list[tuple[Pair, Pair]]]:
    """Each window over a picture, row-major: the places inside it that lie on the picture, and these on the picture."""
    for top, left in product(*(range(-padding, picture[k] + padding - size[k] + 1, stride[k]) for k in range(2))):
        inside = (((i, j), (top + i, left + j)) for i, j in product(range(size[0]), range(size[1])))
        yield [
            (own, (row, column)) for own, (row, column) in inside if 0 <= row < picture[0] and 0 <= column < picture[1]
        ]


def over(picture: Pair, size: Pair, stride: Pair, padding: int = 0) -> Pair:
    """How many rows and columns of windows there are; 0 or less where none fits."""
    rows, columns = ((picture[k] + 2 * padding - size[k]) // stride[k] + 1 for k in range(2))
    return rows, columns


@dataclass(frozen=True)
class Conv2d(Plan):
    """Kernels of `size` that slide over channels; `filters` are the channels that come out."""

    filters: int
    size: Pair
    stride: Pair = (1, 1)
    padding: int = 0
    activation: Activation = Activation.RELU
    bias: Bias = Bias.NONE
    trained_bias: bool = True

    def wire(self, before: Block, names: Names, letter: str) -> Wired:
        """One layer; its units run over filters, rows, columns, its weights over filters, channels, rows, columns."""
        channels, *picture = before.shape
        height, width = over(_pair(picture), self.size, self.stride, self.padding)
        kernels = [[names.matrix("w", *self.size) for _ in range(channels)] for _ in range(self.filters)]
        found = list(windows(_pair(picture), self.size, self.stride, self.padding))
        read = [[(c, own, place) for c in range(channels) for own, place in window] for window in found]
        nets = names.take(letter, self.filters * height * width)
        layer = Layer(
            activation=self.activation,
            sources=tuple(tuple(_at(before, c, place) for c, _, place in window) for window in read) * self.filters,
            nets=nets,
            outputs=tuple(map(activation_of, nets)),
            weights=tuple(tuple(kernel[c][i][j] for c, (i, j), _ in window) for kernel in kernels for window in read),
            biases=self._biases(names, len(read)),
            trained_bias=self.trained_bias,
            matrices=tuple(matrix for kernel in kernels for matrix in kernel),
            shape=(self.filters, height, width),
            kind="conv2d",
        )
        return (layer,), Block(layer.outputs, layer.shape)

    def _biases(self, names: Names, windows_of_a_filter: int) -> tuple[str, ...]:
        own = biases_of(self.bias, self.filters, names)
        return tuple(name for name in own for _ in range(windows_of_a_filter))

    def describe(self) -> str:
        kernels = "kernel" if self.filters == 1 else "kernels"
        return f"{self.filters} {kernels} of {self.size[0]}x{self.size[1]} {self.activation}"


@dataclass(frozen=True)
class Pool(Plan):
    """The largest number of each window, or their mean, channel by channel."""

    rule: Rule
    size: Pair
    stride: Pair

    def wire(self, before: Block, names: Names, letter: str) -> Wired:  # noqa: ARG002
        channels, *picture = before.shape
        found = [[place for _, place in window] for window in windows(_pair(picture), self.size, self.stride)]
        sources = [[_at(before, c, place) for place in window] for c in range(channels) for window in found]
        shape = (channels, *over(_pair(picture), self.size, self.stride))
        return _handed_on(_plain("p", self.rule, sources, names, shape, self._kind))

    @property
    def _kind(self) -> str:
        return "max pool" if self.rule is Rule.MAXIMUM else "average pool"

    def describe(self) -> str:
        return f"{self._kind} {self.size[0]}x{self.size[1]}"


@dataclass(frozen=True)
class Flatten(Plan):
    """The same numbers as a list; it has no columns."""

    def wire(self, before: Block, names: Names, letter: str) -> Wired:  # noqa: ARG002
        return (), Block(before.names, (len(before.names),))

    def describe(self) -> str:
        return "flatten"


@dataclass(frozen=True)
class Dropout(Plan):
    """Each number times that of a mask: 0 where it is dropped, else what makes up for that. Or, off, nothing."""

    masked: bool = True

    def wire(self, before: Block, names: Names, letter: str) -> Wired:  # noqa: ARG002
        if not self.masked:
            return (), before
        masks = names.take("m", len(before.names))
        sources = [*zip(masks, before.names, strict=True)]
        return _handed_on(_plain("d", Rule.PRODUCTS, sources, names, before.shape, "dropout", masks=masks))

    def describe(self) -> str:
        return "dropout" if self.masked else "dropout off"


@dataclass(frozen=True)
class BatchNorm(Plan):
    """Each feature less its mean, over its deviation, both over the `samples` of a step; then scaled and shifted.

    A feature is a unit, or all of a channel.
    """

    samples: int
    epsilon: float
    activation: Activation = Activation.LINEAR

    def wire(self, before: Block, names: Names, letter: str) -> Wired:  # noqa: ARG002
        """The means, the variances, what is normalised, and what becomes of that: algorithm 1 of the paper."""
        features = before.shape[0]
        rows = in_rows(before.names, len(before.names) // features)
        of_unit = [k for k, row in enumerate(rows) for _ in row]
        count = (float(self.samples * len(rows[0])),) * features
        mean = _plain("μ", Rule.BATCH_MEAN, rows, names, (features,), "batch mean", constants=count)
        read = [(*row, own) for row, own in zip(rows, mean.nets, strict=True)]
        variance = _plain("σ²", Rule.BATCH_VARIANCE, read, names, (features,), "batch variance", constants=count)
        read = [(name, mean.nets[k], variance.nets[k]) for name, k in zip(before.names, of_unit, strict=True)]
        constants = (self.epsilon,) * len(read)
        scaled = _plain("x̂", Rule.NORMALISED, read, names, before.shape, "normalised", constants=constants)
        nets, gamma, beta = (names.take(one, n) for one, n in (("y", len(read)), ("γ_y", features), ("β_y", features)))
        layer = Layer(
            activation=self.activation,
            sources=tuple((name,) for name in scaled.nets),
            nets=nets,
            outputs=nets if self.activation is Activation.LINEAR else tuple(map(activation_of, nets)),
            weights=tuple((gamma[k],) for k in of_unit),
            biases=tuple(beta[k] for k in of_unit),
            matrices=(tuple((name,) for name in gamma),),
            shape=before.shape,
            kind="batch norm",
        )
        return (mean, variance, scaled, layer), Block(layer.outputs, layer.shape)

    def describe(self) -> str:
        return "batch norm" if self.activation is Activation.LINEAR else f"batch norm {self.activation}"


@dataclass(frozen=True)
class Embedding(Plan):
    """A vector of `width` numbers for each of `words`; a token is the number of its word, counted from 0."""

    words: int
    width: int

    def wire(self, before: Block, names: Names, letter: str) -> Wired:  # noqa: ARG002
        """Which word each token is, one 1 among 0s; times the table of vectors."""
        tokens = len(before.names)
        vectors = names.matrix("w", self.words, self.width)
        sources = [(token,) for token in before.names for _ in range(self.words)]
        words = tuple(range(self.words)) * tokens
        which = _plain("c", Rule.COMPARISON, sources, names, (tokens, self.words), "one-hot", constants=words)
        hot = [which.outputs[k : k + self.words] for k in range(0, len(which.outputs), self.words)]
        columns = tuple(zip(*vectors, strict=True))
        vector = _weighted("x", hot, columns, names, "embedding", matrix=vectors)
        return (which, vector), Block(vector.outputs, vector.shape)

    def describe(self) -> str:
        return f"embedding of {self.words} words in {self.width} numbers"


@dataclass(frozen=True)
class Recurrent(Plan):
    """A simple cell, unrolled: the units of a step read the numbers of its token and the units of the step before."""

    units: int
    activation: Activation = Activation.TANH
    bias: Bias = Bias.NONE
    trained_bias: bool = True
    recurrent_bias: Bias = Bias.NONE

    def wire(self, before: Block, names: Names, letter: str) -> Wired:
        """One layer a step, all with the weights of the first; the first step has no units before it."""
        entering, recurrent = (names.matrix("w", self.units, n) for n in (before.shape[1], self.units))
        biases, more = (biases_of(kind, self.units, names) for kind in (self.bias, self.recurrent_bias))
        layers, hidden = list[Layer](), tuple[str, ...]()
        for token in _rows(before):
            nets = names.take(letter, self.units)
            both = zip(entering, recurrent, strict=True)
            layers.append(
                Layer(
                    activation=self.activation,
                    sources=((*token, *hidden),) * self.units,
                    nets=nets,
                    outputs=tuple(map(activation_of, nets)),
                    weights=tuple((*own, *(back if hidden else ())) for own, back in both),
                    biases=biases,
                    recurrent_biases=more,
                    trained_bias=self.trained_bias,
                    matrices=() if layers else (entering, recurrent),
                    shape=(self.units,),
                    kind=f"recurrent, step {len(layers) + 1}",
                )
            )
            hidden = layers[-1].outputs
        return tuple(layers), Block(hidden, (self.units,))

    def describe(self) -> str:
        return f"{self.units} recurrent {self.activation}"


@dataclass(frozen=True)
class Attention(Plan):
    """A single head: each token asks all, and gets a mean of their values, weighted by how well their keys fit.

    `width` is that of queries and keys, `values` that of values and contexts; `mean` hands on the mean of the contexts
    over the tokens, in the place of all of them.
    """

    width: int
    values: int
    mean: bool = True

    def wire(self, before: Block, names: Names, letter: str) -> Wired:  # noqa: ARG002
        tokens = _rows(before)
        queries, keys, values = (
            self._projected(key, tokens, width, names)
            for key, width in (("q", self.width), ("k", self.width), ("v", self.values))
        )
        asked, offered = _rows_of(queries), _rows_of(keys)
        square = (len(tokens), len(tokens))
        pairs = [[*chain(*zip(query, key, strict=True))] for query in asked for key in offered]
        scores = _plain("s", Rule.SCALED_PRODUCTS, pairs, names, square, "scores")
        rows = [row for row in _rows_of(scores) for _ in row]
        places = tuple(range(len(tokens))) * len(tokens)
        shares = _plain("a_s", Rule.SOFTMAX, rows, names, square, "attention", constants=places)
        columns = list(zip(*_rows_of(values), strict=True))
        mixed = [[*chain(*zip(row, column, strict=True))] for row in _rows_of(shares) for column in columns]
        contexts = _plain("z", Rule.PRODUCTS, mixed, names, (len(tokens), self.values), "context")
        layers = (queries, keys, values, scores, shares, contexts)
        if not self.mean:
            return layers, Block(contexts.outputs, contexts.shape)
        means = _plain("p", Rule.MEAN, [*zip(*_rows_of(contexts), strict=True)], names, (self.values,), "mean")
        return (*layers, means), Block(means.outputs, means.shape)

    def _projected(self, letter: str, tokens: Matrix, width: int, names: Names) -> Layer:
        matrix = names.matrix("w", width, len(tokens[0]))
        kind = {"q": "queries", "k": "keys", "v": "values"}[letter]
        return _weighted(letter, tokens, matrix, names, kind, matrix=matrix)

    def describe(self) -> str:
        return f"attention of width {self.width}" + ("" if self.mean else ", all contexts")


def _plain(
    letter: str,
    rule: Rule,
    sources: Sequence[Sequence[str]],
    names: Names,
    shape: tuple[int, ...],
    kind: str,
    *,
    masks: tuple[str, ...] = (),
    constants: tuple[float, ...] = (),
) -> Layer:
    """A layer without weights."""
    own = names.take(letter, prod(shape))
    return Layer(
        activation=Activation.LINEAR,
        sources=tuple(map(tuple, sources)),
        nets=own,
        outputs=own,
        masks=masks,
        rule=rule,
        constants=constants,
        shape=shape,
        kind=kind,
    )


def _weighted(
    letter: str, rows: Sequence[tuple[str, ...]], weights: Matrix, names: Names, kind: str, *, matrix: Matrix
) -> Layer:
    """A layer that multiplies each of some rows by the same weights, without an activation."""
    own = names.take(letter, len(rows) * len(weights))
    return Layer(
        activation=Activation.LINEAR,
        sources=tuple(row for row in rows for _ in weights),
        nets=own,
        outputs=own,
        weights=weights * len(rows),
        matrices=(matrix,),
        shape=(len(rows), len(weights)),
        kind=kind,
    )


def _handed_on(layer: Layer) -> Wired:
    return (layer,), Block(layer.outputs, layer.shape)


def _at(block: Block, channel: int, place: Pair) -> str:
    """The name at a row and a column of a channel."""
    _, rows, columns = block.shape
    return block.names[(channel * rows + place[0]) * columns + place[1]]


def _rows(block: Block) -> Matrix:
    """The names by rows: a token each."""
    width = block.shape[-1]
    return tuple(block.names[k : k + width] for k in range(0, len(block.names), width))


def _rows_of(layer: Layer) -> Matrix:
    return _rows(Block(layer.outputs, layer.shape))


def _pair(numbers: Sequence[int]) -> Pair:
    rows, columns = numbers
    return rows, columns
