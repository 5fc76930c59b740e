"""The picture of a network, as a PNG: its units with their names, and its weights on the lines between them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from itertools import pairwise

from PIL import Image, ImageColor, ImageDraw, ImageFont

from sheetgen.mathematics.training_step import Group
from sheetgen.style import COLOURS, INK, QUIET, Hues
from templates import TOTAL_LOSS, Layer, Network

WIDTH, HEIGHT = 680, 320  # in pixels as they are shown
SHARPNESS = 2  # pixels drawn for each one shown, in both directions
MOST_UNITS = 10  # in one layer; a taller picture cannot be read
MOST_NAMED_WEIGHTS = 24  # between two layers; more names would cover each other

_MARGIN = 46
_NAME_GAP = 14  # between the middles of two names; closer ones would cover each other
_ROOM_BELOW = 70  # of a unit, for the weights that lead to it
_FONT_SIZE = 13


@dataclass(frozen=True)
class _Shape:
    """Something with a name on the picture: where its middle is, and how it looks."""

    name: str
    x: float
    y: float
    hues: Hues
    half_width: float


@lru_cache(maxsize=4)  # an exercise and its answers show the same
def network_picture(network: Network) -> bytes | None:
    """Draw a network as a PNG, `WIDTH` by `HEIGHT` times `SHARPNESS`; None where a layer is too tall to be read."""
    if not _has_room_for_units(network):
        return None
    image = Image.new("RGB", (WIDTH * SHARPNESS, HEIGHT * SHARPNESS), "white")
    _Drawing(image, network).draw()
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


class _Drawing:
    def __init__(self, image: Image.Image, network: Network) -> None:
        self._pen = ImageDraw.Draw(image)
        self._font = ImageFont.load_default(_FONT_SIZE * SHARPNESS)
        self._network = network
        layers = len(network.layers)
        self._room = [0.0, *(1.0 + k for k in range(layers)), layers + 0.6, layers + 1.2]  # the losses stand closer

    def draw(self) -> None:
        """Lines first, so that the units lie on top of them."""
        network = self._network
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

    def _text(self, x: float, y: float, text: str, colour: str) -> None:
        self._pen.text((x * SHARPNESS, y * SHARPNESS), text, fill=colour, font=self._font, anchor="mm")

    @staticmethod
    def _scaled(*numbers: float) -> tuple[float, ...]:
        return tuple(number * SHARPNESS for number in numbers)


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
