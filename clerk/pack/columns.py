"""`columns.npz`: the numbers of every item, and the pool of items that taste may draw from."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from clerk.errors import PackDamaged
from clerk.model import ItemColumns

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
import os
import weakref
from collections.abc import Sequence
from typing import overload

import numpy as np
from numpy.typing import NDArray


class VectorFile:
    """Unit vectors by item_no; row 0 and rows of items without text are zero.

    Indexing with a number gives one row, with several numbers a matrix, both float32. The file is let go of with the
    object. One thread at a time where the system cannot read at a position.

    Args:
        path: a `.npy` of float32 in C order, whose hash was checked.

    Raises:
        OSError, ValueError: the file is no such array.
    """

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            version = np.lib.format.read_magic(file)
            if version != (1, 0):
                raise ValueError(f"format {version} of {path.name} is not read")
            shape, fortran, kind = np.lib.format.read_array_header_1_0(file)
            self._start = file.tell()
        if fortran or kind != np.float32 or len(shape) != 2:
            raise ValueError(f"{path.name} holds no float32 rows")
        if path.stat().st_size < self._start + shape[0] * shape[1] * 4:
            raise ValueError(f"{path.name} is cut short")
        self.shape: tuple[int, int] = (shape[0], shape[1])
        """Rows and dimension."""
        self._fd = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        weakref.finalize(self, os.close, self._fd)

    def __len__(self) -> int:
        return self.shape[0]

    @overload
    def __getitem__(self, rows: int) -> NDArray[np.float32]: ...

    @overload
    def __getitem__(self, rows: NDArray[np.integer] | Sequence[int]) -> NDArray[np.float32]: ...

    def __getitem__(self, rows: int | NDArray[np.integer] | Sequence[int]) -> NDArray[np.float32]:
        """One row, or one row a number.

        Raises:
            IndexError: there is no such row.
        """
        if isinstance(rows, (int, np.integer)):
            return self._row(int(rows))
        found: NDArray[np.float32] = np.empty((len(rows), self.shape[1]), dtype=np.float32)
        for at, row in enumerate(rows):
            found[at] = self._row(int(row))
        return found

    def _row(self, row: int) -> NDArray[np.float32]:
        if not 0 <= row < self.shape[0]:
            raise IndexError(f"there is no row {row}")
        size = self.shape[1] * 4
        return np.frombuffer(self._read(self._start + row * size, size), dtype=np.float32)

    def _read(self, start: int, size: int) -> bytes:
        if hasattr(os, "pread"):
            return os.pread(self._fd, size, start)
        os.lseek(self._fd, start, os.SEEK_SET)
        return os.read(self._fd, size)


_TEXTS = ("categories", "kinds")
_NUMBERS = ("total_baskets", "total_members")
_POOL = "pool"
_SEPARATOR = "\n"
"""Cleaned texts hold no line break, so one can stand between them."""


def save_columns(path: Path, columns: ItemColumns, pool: NDArray[np.int32]) -> None:
    """Effect: writes the file; the caller syncs it."""
    import numpy as np

    arrays: dict[str, NDArray[np.generic]] = {_POOL: pool}
    for field in fields(ItemColumns):
        value = getattr(columns, field.name)
        if field.name in _TEXTS:
            value = np.frombuffer(_SEPARATOR.join(value).encode(), dtype=np.uint8)
        elif field.name in _NUMBERS:
            value = np.array([value], dtype=np.int64)
        arrays[field.name] = value
    with path.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]


def load_columns(path: Path) -> tuple[ItemColumns, NDArray[np.int32]]:
    """Columns and pool.

    Raises:
        PackDamaged: the file is not what `save_columns` wrote.
    """
    import numpy as np

    try:
        with np.load(path, allow_pickle=False) as arrays:
            values: dict[str, object] = {}
            for field in fields(ItemColumns):
                array = arrays[field.name]
                if field.name in _TEXTS:
                    values[field.name] = tuple(array.tobytes().decode().split(_SEPARATOR))
                elif field.name in _NUMBERS:
                    values[field.name] = int(array[0])
                else:
                    values[field.name] = array
            return ItemColumns(**values), arrays[_POOL]  # type: ignore[arg-type]
    except (OSError, ValueError, KeyError) as problem:
        raise PackDamaged("The item columns cannot be read.", "Run the nightly build again.") from problem
