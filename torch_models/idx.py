"""IDX files, the format of MNIST and its kin, read as something that may be anything else.

The format (LeCun, Cortes and Burges, "The MNIST database of handwritten digits"): two zero bytes, a byte for the type
of the numbers (8: unsigned bytes), one for the number of dimensions, the size of each as a big-endian 32-bit integer,
then the numbers, row-major. The files are published packed with gzip; both forms are read.
"""

import gzip
import math
import struct
import zlib
from hashlib import md5
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

UNSIGNED_BYTE = 8
MOST_DIMENSIONS = 3  # of images; labels have one
MAX_BYTES = 1 << 26  # of a file, unpacked: the training images of MNIST have 47 million


class DataError(Exception):
    """A data set that cannot be used: says which file, what is wrong with it, and what to do."""


def unpacked(path: Path) -> bytes:
    """The content of a file, unpacked where its name ends in `.gz`. Raises DataError."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            content: bytes = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise DataError(f"{path} does not exist") from None
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} cannot be read ({error}): download it again") from None
    if len(content) > MAX_BYTES:
        raise DataError(f"{path} unpacks to more than {MAX_BYTES:,} bytes, so it is not a file of this data set")
    return content


def parse_idx(content: bytes, path: Path) -> NDArray[np.uint8]:
    """The array of unsigned bytes in an IDX file; `path` is for the message. Raises DataError."""
    dimensions = content[3] if len(content) > 3 else 0
    start = 4 + 4 * dimensions
    if content[:3] != bytes((0, 0, UNSIGNED_BYTE)) or not 0 < dimensions <= MOST_DIMENSIONS or len(content) < start:
        raise DataError(f"{path} is not an IDX file of unsigned bytes: download it again")
    shape = struct.unpack_from(f">{dimensions}I", content, 4)
    if len(content) - start != math.prod(shape):
        size = " x ".join(map(str, shape))
        raise DataError(f"{path} says {size} and has {len(content) - start:,} bytes of them: download it again")
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def digest(content: bytes) -> str:
    """The MD5 of some bytes, as data sets are published with; it guards against a broken download, not an attack."""
    return md5(content, usedforsecurity=False).hexdigest()
