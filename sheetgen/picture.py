"""The picture of a network, as a PNG: its units with their names, and its weights on the lines between them.

Where they would have no room, or layers are not dense, it is what the layers hand on, as blocks of cells.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from io import BytesIO
from itertools import pairwise
from math import ceil, prod
from textwrap import wrap

from PIL import Image, ImageColor, ImageDraw, ImageFont

from sheetgen.mathematics.training_step import Group
from sheetgen.style import COLOURS, INK, QUIET, Hues
from templates import TOTAL_LOSS, Layer, Network
from templates.network import Block

WIDTH, HEIGHT = 680, 320  # in pixels as they are shown
SHARPNESS = 2  # pixels drawn for each one shown, in both directions
MOST_UNITS = 10  # in one layer; a taller picture cannot be read
_MOST_LAYERS = 4  # of units beside each other
MOST_NAMED_WEIGHTS = 24  # between two layers; more names would cover each other

_MARGIN = 46
_NAME_GAP = 14  # between the middles of two names; closer ones would cover each other
_ROOM_BELOW = 70  # of a unit, for the weights that lead to it
_FONT_SIZE = 13
_LETTER, _LINE, _WORD_LINES = 7, 16, 3  # the width of a letter, the height of a line, and how many are above a block
_MOST_IN_LINE = 7  # blocks beside each other
_CELL, _LEAST_CELL = 18, 4  # the side of a cell of a block; smaller ones have no lines between them
_BEHIND, _MOST_CHANNELS = 5, 3
_ARROW = 16


@dataclass(frozen=True)
class _Shape:
    """Something with a name on the picture: where its middle is, and how it looks."""

    name: str
    x: float
    y: float
    hues: Hues
    half_width: float


@lru_cache(maxsize=4)  # an exercise and its answers show the same
def network_picture(network: Network) -> bytes:
    """Draw a network as a PNG, `WIDTH` by `HEIGHT` times `SHARPNESS`, its units or else its layers as blocks."""
    image = Image.new("RGB", (WIDTH * SHARPNESS, HEIGHT * SHARPNESS), "white")
    is_small = _has_room_for_units(network) and len(network.layers) <= _MOST_LAYERS
    (_Drawing if is_small else _Blocks)(image, network).draw()
    file = BytesIO()
    image.quantize(64).save(file, "PNG", optimize=True)
    return file.getvalue()


def lines_picture(width: int, height: int, lines: Iterable[Sequence[tuple[float, float]]]) -> bytes:
    """Draw lines through points, in pixels as they are shown, on nothing: a PNG that hides no more than they cover."""
    large = 2 * SHARPNESS  # drawn larger than it is kept, so that slanted lines come out smooth
    mask = Image.new("L", (width * large, height * large), 0)
    pen = ImageDraw.Draw(mask)
    for line in lines:
        pen.line([(x * large, y * large) for x, y in line], fill=255, width=large * 5 // 4)
    levels = mask.resize((width * SHARPNESS, height * SHARPNESS), Image.Resampling.BOX).point(lambda alpha: alpha // 17)
    levels.putpalette(ImageColor.getrgb(QUIET) * 16)  # one colour in sixteen strengths
    file = BytesIO()
    levels.save(file, "PNG", optimize=True, bits=4, transparency=bytes(17 * level for level in range(16)))
    return file.getvalue()


def has_room_for_weights(network: Network) -> bool:
    """Whether a picture of the network can show all of its units, and a number on each of its lines."""
    most = max(len(layer.feeding) * len(layer.nets) for layer in network.layers)
    return _has_room_for_units(network) and most <= MOST_NAMED_WEIGHTS


def _has_room_for_units(network: Network) -> bool:
    tallest = max(network.input_count, *(len(layer.nets) for layer in network.layers))
    return network.is_dense and tallest <= MOST_UNITS


class _Picture:
    def __init__(self, image: Image.Image, network: Network) -> None:
        self._pen = ImageDraw.Draw(image)
        self._font = ImageFont.load_default(_FONT_SIZE * SHARPNESS)
        self._network = network

    def _text(self, x: float, y: float, text: str, colour: str) -> None:
        self._pen.text((x * SHARPNESS, y * SHARPNESS), text, fill=colour, font=self._font, anchor="mm")

    @staticmethod
    def _scaled(*numbers: float) -> tuple[float, ...]:
        return tuple(number * SHARPNESS for number in numbers)


class _Drawing(_Picture):
    """A unit each, with its name, and lines between them."""

    def draw(self) -> None:
        """Lines first, so that the units lie on top of them."""
        network, layers = self._network, len(self._network.layers)
        self._room = [0.0, *(1.0 + k for k in range(layers)), layers + 0.6, layers + 1.2]  # the losses stand closer
        columns = [self._column(0, network.inputs, Group.DATA)]
        for number, layer in enumerate(network.layers, 1):
            names = [f"{net} | {output}" for net, output in zip(layer.nets, layer.outputs, strict=True)]
            columns.append(self._column(number, names, Group.FORWARD))
        losses = self._column(-2, network.losses, Group.LOSS)
        whole = self._column(-1, [TOTAL_LOSS], Group.LOSS)
        for before, after, layer in zip(columns, columns[1:], network.layers, strict=False):
            self._connect(before, after, layer)
        for unit, loss in zip(columns[-1], losses, strict=True):
            self._line(unit, loss)
            self._line(loss, whole[0])
        for shape in [shape for column in [*columns, losses, whole] for shape in column]:
            self._unit(shape)

    def _column(self, step: int, names: Sequence[str], group: Group) -> list[_Shape]:
        x = _MARGIN + self._room[step] * (WIDTH - 2 * _MARGIN) / self._room[-1]
        gap = HEIGHT / len(names)
        width = 40 if "|" in names[0] else 22 if len(names[0]) < 4 else 32
        return [_Shape(name, x, gap * (k + 0.5), COLOURS[group], width) for k, name in enumerate(names)]

    def _connect(self, before: list[_Shape], after: list[_Shape], layer: Layer) -> None:
        for unit in after:
            for source in before:
                self._line(source, unit)
        along, gap = _where_apart(before, after)
        if len(before) * len(after) <= MOST_NAMED_WEIGHTS and gap >= _NAME_GAP:
            for unit, row in zip(after, layer.weights, strict=True):
                for source, weight in zip(before, row, strict=True):
                    self._name_line(source, unit, weight, along)
        elif HEIGHT / len(after) >= _ROOM_BELOW:
            for unit, row in zip(after, layer.weights, strict=True):
                self._named(unit.x, unit.y + 27, f"{row[0]} … {row[-1]}", QUIET, 3.6)
        for unit, bias in zip(after, layer.biases, strict=False):
            self._text(unit.x, unit.y - 27, f"+ {bias}", QUIET)

    def _line(self, start: _Shape, end: _Shape) -> None:
        self._pen.line(self._scaled(start.x, start.y, end.x, end.y), fill=QUIET, width=SHARPNESS)

    def _name_line(self, start: _Shape, end: _Shape, name: str, along: float) -> None:
        x, y = start.x + along * (end.x - start.x), start.y + along * (end.y - start.y)
        self._named(x, y, name, INK, 4.2)

    def _named(self, x: float, y: float, name: str, colour: str, half_letter: float) -> None:
        """A name on white, over the lines that pass."""
        half = half_letter * len(name)
        self._pen.rectangle(self._scaled(x - half, y - 9, x + half, y + 9), fill="white")
        self._text(x, y, name, colour)

    def _unit(self, shape: _Shape) -> None:
        box = self._scaled(shape.x - shape.half_width, shape.y - 17, shape.x + shape.half_width, shape.y + 17)
        self._pen.rounded_rectangle(box, 17 * SHARPNESS, fill=shape.hues.label, outline=INK, width=SHARPNESS)
        self._text(shape.x, shape.y, shape.name, INK)


@dataclass(frozen=True)
class _Stage:
    """What a layer hands on, what is said above it, and its colour."""

    words: str
    block: Block
    group: Group = Group.FORWARD


class _Blocks(_Picture):
    """What each layer hands on as a block of cells, in one line from left to right, or in two.

    A picture stands at its rows and columns, a few channels behind each other; a list stands from top to bottom.
    """

    def draw(self) -> None:
        """Each block below its words and above its names and its shape, and arrows between them."""
        stages = _stages(self._network)
        a_line = ceil(len(stages) / ceil(len(stages) / _MOST_IN_LINE))
        height = HEIGHT / ceil(len(stages) / a_line)
        for number, stage in enumerate(stages):
            line, place = divmod(number, a_line)
            self._stage(stage, place * WIDTH / a_line, line * height, WIDTH / a_line, height)

    def _stage(self, stage: _Stage, left: float, top: float, width: float, height: float) -> None:
        middle, names = left + width / 2, stage.block.names
        words = wrap(stage.words, int(width / _LETTER))[:_WORD_LINES]
        for k, text in enumerate(words, _WORD_LINES - len(words) + 1):
            self._text(middle, top + k * _LINE, text, INK)
        room = height - (_WORD_LINES + 3.5) * _LINE
        centre = top + (_WORD_LINES + 1) * _LINE + room / 2
        if names:
            self._cells(stage, middle, centre, width - 2 * _ARROW, room)
            from_to = " … ".join(dict.fromkeys((names[0], names[-1])))
            named = from_to if len(from_to) * _LETTER < width else f"{names[0]} …"
            self._text(middle, top + height - 1.75 * _LINE, named, QUIET)
            self._text(middle, top + height - 0.75 * _LINE, "x".join(map(str, stage.block.shape)), QUIET)
        if names != (TOTAL_LOSS,):
            tip = min(left + width + _ARROW / 2, WIDTH - 1)
            self._pen.line(self._scaled(tip - _ARROW, centre, tip, centre), fill=QUIET, width=SHARPNESS)
            head = (tip, centre, tip - 5, centre - 4, tip - 5, centre + 4)
            self._pen.polygon(self._scaled(*head), fill=QUIET)

    def _cells(self, stage: _Stage, middle: float, centre: float, width: float, height: float) -> None:
        """The cells of a stage, as large as there is room; of many channels some."""
        shape = stage.block.shape
        rows, columns = shape[-2:] if len(shape) > 1 else (shape[0], 1)
        behind = _BEHIND * (min(prod(shape[:-2]), _MOST_CHANNELS) - 1)
        side = min(_CELL, (height - behind) / rows, (width - behind) / columns)
        wide, high, hues = side * columns, side * rows, COLOURS[stage.group]
        for shift in range(behind, -1, -_BEHIND):
            x, y = middle - (wide + behind) / 2 + shift, centre - (high - behind) / 2 - shift
            box = self._scaled(x, y, x + wide, y + high)
            self._pen.rectangle(box, fill=hues.label, outline=INK, width=SHARPNESS)
            if side >= _LEAST_CELL:
                for k in range(1, columns):
                    self._pen.line(self._scaled(x + k * side, y, x + k * side, y + high), fill=INK, width=1)
                for k in range(1, rows):
                    self._pen.line(self._scaled(x, y + k * side, x + wide, y + k * side), fill=INK, width=1)


def _stages(network: Network) -> list[_Stage]:
    """From the inputs to the loss; of more than there is room for, the first and the last."""
    inputs, *layers = (_Stage(*stage) for stage in network.stages)
    losses = Block(network.losses, (len(network.losses),))
    stages = [
        replace(inputs, group=Group.DATA),
        *layers,
        _Stage(network.loss.value, losses, Group.LOSS),
        _Stage("", Block((TOTAL_LOSS,), (1,)), Group.LOSS),
    ]
    if len(stages) <= 2 * _MOST_IN_LINE:
        return stages
    return [*stages[: _MOST_IN_LINE - 1], _Stage("…", Block((), ())), *stages[-_MOST_IN_LINE:]]


def _where_apart(before: list[_Shape], after: list[_Shape]) -> tuple[float, float]:
    """How far along the lines, as a fraction, they lie furthest from each other, and how far apart they are there."""
    length = after[0].x - before[0].x
    first = (before[0].half_width + 20) / length
    last = 1 - (after[0].half_width + 20) / length

    def gap(along: float) -> float:
        heights = sorted(start.y + along * (end.y - start.y) for start in before for end in after)
        return min((high - low for low, high in pairwise(heights)), default=float(HEIGHT))

    best = max((first + k * (last - first) / 40 for k in range(41)), key=gap)
    return best, gap(best)
